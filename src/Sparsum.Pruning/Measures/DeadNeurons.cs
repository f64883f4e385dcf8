using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Measures;

/// <summary>
/// Finds the intermediate neurons of an MLP that add nothing or a constant. A neuron whose output column is all zero adds nothing. One
/// whose fan-in row is all zero gives <c>act(b)</c> whatever comes in, so that it adds <c>W_out[:, i]·act(b)</c>, which the output bias
/// takes over. With a gate the neuron is <c>act(g)·u</c>: a constant if both rows are zero, and zero already if one row is zero and what
/// is left of its side is. Without an output bias a neuron is dead only if its constant is zero. One neuron always stays.
/// </summary>
internal static class DeadNeurons
{
    /// <summary>Looks at an MLP whose values are loaded.</summary>
    public static ModulePlan Find(FeedForwardLayer layer)
    {
        var weight = layer.Down.Weight.Value;
        var outputs = ZeroPattern.Of(weight).LiveColumns;
        double?[] constants = layer.Gate is { } gate
            ? [.. Sides(gate, layer.Activation).Zip(Sides(layer.Up, Activation.Identity), Product)]
            : Sides(layer.Up, layer.Activation);
        double[] shift = new double[weight.RowCount];
        var dead = new List<int>();
        for (int i = 0; i < layer.NeuronCount && dead.Count < layer.NeuronCount - 1; i++)
        {
            double? constant = outputs[i] ? constants[i] : 0;
            if (constant is null || (constant != 0 && layer.Down.Bias is null))
            {
                continue;
            }

            dead.Add(i);
            for (int r = 0; constant != 0 && r < shift.Length; r++)
            {
                shift[r] += weight.Row(r)[i] * constant.Value;
            }
        }

        return new ModulePlan(dead, [], shift.Any(value => value != 0) ? shift : null);
    }

    /// <summary>What each row gives whatever comes in; null where that depends on what comes in.</summary>
    private static double?[] Sides(Linear linear, Activation activation)
    {
        var live = ZeroPattern.Of(linear.Weight.Value).LiveRows;
        using var rest = linear.Bias?.Value.Clone() ?? Tensor.Zeros(live.Length);
        using var backend = new ReferenceBackend();
        backend.Activate(activation, rest, rest);
        double?[] sides = new double?[live.Length];
        for (int i = 0; i < sides.Length; i++)
        {
            sides[i] = live[i] ? null : rest.Span[i];
        }

        return sides;
    }

    private static double? Product(double? gate, double? up) => gate == 0 || up == 0 ? 0 : gate * up;
}

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
