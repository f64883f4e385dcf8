using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// One side of disentangled scores, for one head of one sequence: queries with the keys of positions, or keys with their queries. Distances
/// share rows of the table, so that each token meets each row once, and pairs only look up what came out.
/// </summary>
internal static class DisentangledKernel
{
    /// <summary>The scores of queries are written, those of keys added to them.</summary>
    public static void AddScores(
        Tensor contents,
        Tensor positions,
        DistanceTable table,
        AttentionOptions options,
        int sequence,
        int head,
        bool isOfKeys,
        Span<float> buffer,
        Tensor output)
    {
        int length = options.KeyLength;
        int firstLine = ((sequence * options.HeadCount) + head) * length;
        for (int token = 0; token < length; token++)
        {
            var content = Part(contents, (sequence * length) + token, head, options);
            for (int m = 0; m < table.Count; m++)
            {
                buffer[m] = options.Scale * TensorPrimitives.Dot<float>(content, Part(positions, table.First + m, head, options));
            }

            if (isOfKeys)
            {
                for (int i = 0; i < length; i++)
                {
                    output.Row(firstLine + i)[token] += buffer[table.Slot(i - token, length)];
                }
            }
            else
            {
                var scores = output.Row(firstLine + token);
                for (int j = 0; j < length; j++)
                {
                    scores[j] = buffer[table.Slot(token - j, length)];
                }
            }
        }
    }

    /// <summary>Adds to the gradients of the contents and the positions.</summary>
    public static void AddGradients(
        Tensor contents,
        Tensor positions,
        DistanceTable table,
        AttentionOptions options,
        int sequence,
        int head,
        bool isOfKeys,
        Span<float> buffer,
        Tensor outputGradient,
        Tensor contentGradient,
        Tensor positionGradient)
    {
        int length = options.KeyLength;
        int firstLine = ((sequence * options.HeadCount) + head) * length;
        for (int token = 0; token < length; token++)
        {
            buffer.Clear();
            for (int other = 0; other < length; other++)
            {
                float slope = isOfKeys ? outputGradient.Row(firstLine + other)[token] : outputGradient.Row(firstLine + token)[other];
                buffer[table.Slot(isOfKeys ? other - token : token - other, length)] += options.Scale * slope;
            }

            int row = (sequence * length) + token;
            var content = Part(contents, row, head, options);
            var gradient = Part(contentGradient, row, head, options);
            for (int m = 0; m < table.Count; m++)
            {
                if (buffer[m] != 0)
                {
                    Add(buffer[m], Part(positions, table.First + m, head, options), gradient);
                    Add(buffer[m], content, Part(positionGradient, table.First + m, head, options));
                }
            }
        }
    }

    private static void Add(float factor, ReadOnlySpan<float> values, Span<float> sum) => TensorPrimitives.MultiplyAdd(values, factor, sum, sum);

    private static Span<float> Part(Tensor tensor, int row, int head, AttentionOptions options) =>
        tensor.Row(row).Slice(head * options.HeadSize, options.HeadSize);
}

/// <summary>The rows that the distances of a sequence reach, from the first to the last.</summary>
/// <param name="rowOfDistance">The row of each distance, from the most negative.</param>
internal sealed class DistanceTable(int[] rowOfDistance)
{
    /// <summary>The first row.</summary>
    public int First { get; } = rowOfDistance.DefaultIfEmpty().Min();

    /// <summary>Number of rows.</summary>
    public int Count { get; } = rowOfDistance.DefaultIfEmpty().Max() - rowOfDistance.DefaultIfEmpty().Min() + 1;

    /// <summary>The row of a distance, counted from <see cref="First"/>.</summary>
    public int Slot(int distance, int length) => rowOfDistance[distance + length - 1] - First;
}
