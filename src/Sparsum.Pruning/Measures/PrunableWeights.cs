using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Measures;

/// <summary>The weights that a sparsity is measured over. What was removed of them, now or in an earlier run, goes on counting.</summary>
public sealed class PrunableWeights
{
    /// <summary>Tracks parameters.</summary>
    /// <param name="parameters">The parameters in tensor order.</param>
    /// <param name="dense">Weights of the dense model; null means those of the parameters.</param>
    public PrunableWeights(IEnumerable<Parameter> parameters, long? dense = null)
    {
        Parameters = [.. parameters];
        Dense = dense ?? Parameters.Sum(parameter => parameter.DenseElements);
    }

    /// <summary>The parameters in tensor order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Weights of the dense model.</summary>
    public long Dense { get; }

    /// <summary>Weights that are gone.</summary>
    public long Removed => Dense - Parameters.Sum(parameter => Tensor.CountElements(parameter.Shape));

    /// <summary>Tracks the matrices of a model's blocks, or all the parameters that are given.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="denominator">Which matrices.</param>
    /// <param name="parameters">Every parameter of the model, for <see cref="SparsityScope.All"/>.</param>
    public static PrunableWeights Of(
        IReadOnlyList<TransformerBlock> blocks, SparsityScope denominator, IEnumerable<Parameter>? parameters = null)
    {
        if (denominator == SparsityScope.All)
        {
            return new PrunableWeights(parameters ?? throw new ArgumentNullException(nameof(parameters)));
        }

        bool hasOutput = denominator != SparsityScope.Regularised;
        return new PrunableWeights(
            blocks.SelectMany(block => block.Attentions
                .SelectMany(attention => hasOutput ? attention.Linears : [attention.Query, attention.Key, attention.Value])
                .Concat(block.FeedForward.Linears)
                .Select(linear => linear.Weight)),
            denominator == SparsityScope.CofiPrunable ? CofiPrunable.Size(blocks) : null);
    }

    /// <summary>Counts near-zero weights: magnitudes strictly below <paramref name="epsilon"/>.</summary>
    public PrunableSparsity Measure(double epsilon = 1e-4)
    {
        float limit = (float)epsilon;
        return new PrunableSparsity(Parameters.Sum(parameter => Zeros.CountBelow(parameter.Value, limit)), Removed, Dense);
    }

    /// <summary>Sets every near-zero weight to exactly 0 and returns how many there are.</summary>
    public long Zero(double epsilon = 1e-4)
    {
        float limit = (float)epsilon;
        long zeros = Measure(epsilon).NearZero;
        foreach (var weight in Parameters.Select(parameter => parameter.Value))
        {
            for (int r = 0; r < weight.RowCount; r++)
            {
                foreach (ref float value in weight.Row(r))
                {
                    value = Math.Abs(value) < limit ? 0 : value;
                }
            }
        }

        return zeros;
    }
}
