namespace Sparsum.Pruning.Measures;

/// <summary>What is dead in one attention module or MLP.</summary>
/// <param name="Dead">Original numbers of the heads or neurons whose contribution is nothing or a constant, ascending.</param>
/// <param name="Padding">Those of them that stay, as zeros, for the sake of a size.</param>
/// <param name="Shift">The sum of their constants <c>[output features]</c>, for the output bias; null where it is zero.</param>
internal sealed record ModulePlan(IReadOnlyList<int> Dead, IReadOnlyList<int> Padding, double[]? Shift)
{
    /// <summary>Those that are removed.</summary>
    public IReadOnlyList<int> Removed => Padding.Count == 0 ? Dead : [.. Dead.Except(Padding)];

    /// <summary>Keeps the first of the dead as padding.</summary>
    public ModulePlan Keep(int count) => this with { Padding = [.. Dead.Take(count)] };
}
