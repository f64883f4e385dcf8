using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Tensors.Backends;

/// <summary>
/// Scores between contents and relative positions (He et al. 2021, DeBERTa, eq. 4), pair by pair and in double precision, as the formula is
/// written. Backends that are in a hurry have code of their own.
/// </summary>
internal static class DisentangledScores
{
    /// <summary>See <see cref="IBackend.Disentangle"/>.</summary>
    public static void Compute(
        Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, ReadOnlySpan<int> rowOfDistance, AttentionOptions options, Tensor output)
    {
        Check(query, key, positionKey, positionQuery, rowOfDistance, options, output);
        int length = options.KeyLength;
        for (int line = 0; line < output.RowCount; line++)
        {
            var (first, head, i) = Place(line, options);
            for (int j = 0; j < length; j++)
            {
                int m = rowOfDistance[i - j + length - 1];
                double sum = 0;
                for (int f = head * options.HeadSize; f < (head + 1) * options.HeadSize; f++)
                {
                    sum += (double)query.Row(first + i)[f] * positionKey.Row(m)[f];
                    sum += (double)key.Row(first + j)[f] * positionQuery.Row(m)[f];
                }

                output.Row(line)[j] = (float)(options.Scale * sum);
            }
        }
    }

    /// <summary>See <see cref="IBackend.DisentangleGradient"/>.</summary>
    public static void Differentiate(
        Tensor query,
        Tensor key,
        Tensor positionKey,
        Tensor positionQuery,
        ReadOnlySpan<int> rowOfDistance,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor positionKeyGradient,
        Tensor positionQueryGradient)
    {
        Check(query, key, positionKey, positionQuery, rowOfDistance, options, outputGradient);
        Tensor[] gradients = [queryGradient, keyGradient, positionKeyGradient, positionQueryGradient];
        double[][] sums = [.. gradients.Select(gradient => new double[gradient.Length])];
        int length = options.KeyLength;
        int width = query.Columns;
        for (int line = 0; line < outputGradient.RowCount; line++)
        {
            var (first, head, i) = Place(line, options);
            for (int j = 0; j < length; j++)
            {
                double slope = (double)options.Scale * outputGradient.Row(line)[j];
                int m = rowOfDistance[i - j + length - 1];
                for (int f = head * options.HeadSize; f < (head + 1) * options.HeadSize; f++)
                {
                    sums[0][((first + i) * width) + f] += slope * positionKey.Row(m)[f];
                    sums[1][((first + j) * width) + f] += slope * positionQuery.Row(m)[f];
                    sums[2][(m * width) + f] += slope * query.Row(first + i)[f];
                    sums[3][(m * width) + f] += slope * key.Row(first + j)[f];
                }
            }
        }

        foreach (var (gradient, sum) in gradients.Zip(sums))
        {
            for (int i = 0; i < sum.Length; i++)
            {
                gradient.Span[i] = (float)sum[i];
            }
        }
    }

    /// <summary>Checks that all shapes belong together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public static void Check(
        Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, ReadOnlySpan<int> rowOfDistance, AttentionOptions options, Tensor output)
    {
        const string Operation = nameof(IBackend.Disentangle);
        int length = options.KeyLength;
        if (options.QueryLength != length || options.KeyCapacity != length || options.KeyValueHeadCount != options.HeadCount)
        {
            throw new ArgumentException($"Disentangled scores are of a sequence with itself, every head with keys of its own, not {options}.", nameof(options));
        }

        ShapeChecks.Count(Operation, "distances", rowOfDistance.Length, Math.Max(0, (2 * length) - 1), query);
        ShapeChecks.Count(Operation, "rows", query.RowCount, options.Batch * length, query);
        ShapeChecks.Count(Operation, "columns", query.Columns, options.HeadCount * options.HeadSize, query);
        ShapeChecks.Same(Operation, query, key);
        ShapeChecks.Count(Operation, "columns", positionKey.Columns, query.Columns, positionKey);
        ShapeChecks.Same(Operation, positionKey, positionQuery);
        ShapeChecks.Count(Operation, "rows", output.RowCount, options.Batch * options.HeadCount * length, output);
        ShapeChecks.Count(Operation, "columns", output.Columns, length, output);
        foreach (int row in rowOfDistance)
        {
            if ((uint)row >= (uint)positionKey.RowCount)
            {
                throw new ArgumentException($"There is no row {row} in {positionKey}.", nameof(rowOfDistance));
            }
        }
    }

    /// <summary>The first token of a line's sequence, its head, and its query in the sequence.</summary>
    private static (int First, int Head, int Query) Place(int line, AttentionOptions options)
    {
        var (block, query) = Math.DivRem(line, options.QueryLength);
        return (block / options.HeadCount * options.QueryLength, block % options.HeadCount, query);
    }
}
