namespace Sparsum.Pruning.Compaction;

/// <summary>Features of one matrix that are all zero once dead heads and neurons are gone.</summary>
/// <param name="Inputs">Input features that no row uses.</param>
/// <param name="Outputs">Output features to which the matrix adds nothing.</param>
internal sealed record FeaturePlan(IReadOnlyList<int> Inputs, IReadOnlyList<int> Outputs)
{
    /// <summary>Nothing to remove.</summary>
    public static FeaturePlan None { get; } = new([], []);
}
