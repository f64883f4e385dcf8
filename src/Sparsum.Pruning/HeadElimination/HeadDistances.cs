using System.Numerics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.HeadElimination;

/// <summary>
/// How much two heads of an attention module differ: the largest absolute difference between entries of their query, key and value
/// weights (Dhurandhar et al. 2024, Algorithm 2). Heads are numbered by their present place in the module.
/// </summary>
public static class HeadDistances
{
    /// <summary>Whether two heads differ by no more than <see cref="HeadEliminationOptions.Theta"/>. Stops at the first row that does.</summary>
    /// <param name="attention">The module, with loaded weights.</param>
    /// <param name="first">One head.</param>
    /// <param name="second">The other.</param>
    /// <param name="options">Bounds, and whether query biases count.</param>
    /// <param name="relativeBias">Relative-position table <c>[buckets, original heads]</c> (T5), if any.</param>
    public static bool AreSimilar(
        AttentionLayer attention, int first, int second, HeadEliminationOptions options, Tensor? relativeBias = null)
    {
        if (!(options.Theta >= 0))
        {
            return false;
        }

        float theta = (float)options.Theta;
        foreach (var (left, right) in Rows(attention, first, second, options.SimilarityIncludesQueryBias))
        {
            if (!(LargestDifference(left.Span, right.Span) <= theta))
            {
                return false;
            }
        }

        return CanBeSimilar(attention, first, second, options, relativeBias);
    }

    /// <summary>Whether relative positions, if they are compared, let two heads be similar.</summary>
    /// <inheritdoc cref="AreSimilar"/>
    public static bool CanBeSimilar(
        AttentionLayer attention, int first, int second, HeadEliminationOptions options, Tensor? relativeBias = null) =>
        relativeBias is null
        || double.IsPositiveInfinity(options.RelativeBiasTheta)
        || RelativeBiasDifference(relativeBias, attention.KeptHeads[first], attention.KeptHeads[second]) <= options.RelativeBiasTheta;

    /// <summary>The distance of two heads; NaN where a weight is.</summary>
    /// <inheritdoc cref="AreSimilar"/>
    public static float Between(AttentionLayer attention, int first, int second, bool includeQueryBias = false)
    {
        float largest = 0;
        foreach (var (left, right) in Rows(attention, first, second, includeQueryBias))
        {
            largest = MathF.Max(largest, LargestDifference(left.Span, right.Span));
        }

        return largest;
    }

    private static IEnumerable<(Slice Left, Slice Right)> Rows(AttentionLayer attention, int first, int second, bool includeQueryBias)
    {
        int size = attention.HeadSize;
        if (includeQueryBias && attention.Query.Bias is { } bias)
        {
            yield return (new Slice(bias.Value, first * size, size), new Slice(bias.Value, second * size, size));
        }

        foreach (var linear in new[] { attention.Query, attention.Key, attention.Value })
        {
            var weight = linear.Weight.Value;
            for (int row = 0; row < size; row++)
            {
                yield return (
                    new Slice(weight, ((first * size) + row) * weight.Columns, weight.Columns),
                    new Slice(weight, ((second * size) + row) * weight.Columns, weight.Columns));
            }
        }
    }

    private static double RelativeBiasDifference(Tensor table, int first, int second)
    {
        double largest = 0;
        for (int bucket = 0; bucket < table.RowCount; bucket++)
        {
            largest = Math.Max(largest, Math.Abs(table.Row(bucket)[first] - table.Row(bucket)[second]));
        }

        return largest;
    }

    private static float LargestDifference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var largest = Vector<float>.Zero;
        int i = 0;
        for (; i <= left.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            largest = Vector.Max(largest, Vector.Abs(new Vector<float>(left[i..]) - new Vector<float>(right[i..])));
        }

        float result = 0;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            result = MathF.Max(result, largest[lane]);
        }

        for (; i < left.Length; i++)
        {
            result = MathF.Max(result, MathF.Abs(left[i] - right[i]));
        }

        return result;
    }

    private readonly record struct Slice(Tensor Tensor, int Start, int Length)
    {
        public ReadOnlySpan<float> Span => Tensor.Span.Slice(Start, Length);
    }
}
