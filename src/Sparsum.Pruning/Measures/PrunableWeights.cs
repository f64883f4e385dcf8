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

/// <summary>Sparsity over a set of weights, removed ones included.</summary>
/// <param name="NearZero">Weights still there with a magnitude below ε.</param>
/// <param name="Removed">Weights that were removed physically.</param>
/// <param name="Dense">Weights of the dense model.</param>
public sealed record PrunableSparsity(long NearZero, long Removed, long Dense)
{
    /// <summary>The share, from 0 to 1: <c>(NearZero + Removed) / Dense</c>.</summary>
    public double Sparsity => Dense == 0 ? 0 : (double)(NearZero + Removed) / Dense;
}

/// <summary>Which weights a sparsity is a share of.</summary>
public enum SparsityScope
{
    /// <summary>The regularised matrices: query, key, value and the MLP's.</summary>
    Regularised,

    /// <summary>The regularised matrices and the attention's output projections.</summary>
    PlusOutput,

    /// <summary>
    /// The same matrices, as a share of the prunable size of CoFi (Xia et al. 2022), which counts the biases of heads and five values per
    /// hidden dimension of an MLP with them: comparable with the sparsities that CoFi reports.
    /// </summary>
    CofiPrunable,

    /// <summary>Every parameter that was given, biases, norms and embeddings included.</summary>
    All,
}

/// <summary>The prunable size of a model as CoFi counts it (Xia et al. 2022, its published code).</summary>
internal static class CofiPrunable
{
    private const int ValuesPerHiddenDimension = 5;

    /// <summary>
    /// Of each head its four matrices and as many biases per feature; of each MLP its matrices and five values per hidden dimension. For
    /// BERT-base 85,017,600.
    /// </summary>
    public static long Size(IEnumerable<TransformerBlock> blocks) => blocks.Sum(block =>
        block.Attentions.Sum(attention => attention.Linears.Sum(linear => linear.Weight.DenseElements)
            + ((long)attention.Linears.Count * attention.OriginalHeadCount * attention.HeadSize))
        + block.FeedForward.Linears.Sum(linear => linear.Weight.DenseElements)
        + block.FeedForwards.Sum(layer => (long)ValuesPerHiddenDimension * layer.Down.OutputSize));
}
