using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Tells whether a checkpoint has a head of its own although its configuration ties the head to the embeddings. Such folders come from
/// models whose head was trained apart; the reference implementation keeps the head that is stored.
/// </summary>
internal static class TiedHead
{
    private const int ElementsAtOnce = 1 << 20;

    /// <summary>Whether a head is stored beside the embeddings and has other values.</summary>
    public static bool IsStoredApart(IArchitecture architecture, ModelConfig config, TransformerModel tied, ICheckpoint checkpoint)
    {
        if (!config.TieWordEmbeddings)
        {
            return false;
        }

        // The name that the head has where it is not tied is the one under which its own values would be stored.
        var known = tied.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        var head = architecture.Create(config.Untie()).HeadParameters.FirstOrDefault(parameter => !known.Contains(parameter.Name));
        return head is not null
            && CheckpointBinding.Find(head.Source, architecture, checkpoint) is { } headName
            && CheckpointBinding.Find(tied.TokenEmbedding.Source, architecture, checkpoint) is { } embeddingName
            && headName != embeddingName
            && Differ(checkpoint, checkpoint.Tensors[headName], checkpoint.Tensors[embeddingName]);
    }

    private static bool Differ(ICheckpoint checkpoint, TensorInfo first, TensorInfo second)
    {
        if (first.Shape.Count != 2 || !first.Shape.SequenceEqual(second.Shape))
        {
            return true;
        }

        var (rows, columns) = (first.Shape[0], first.Shape[1]);
        int rowsAtOnce = Math.Clamp(ElementsAtOnce / Math.Max(1, columns), 1, Math.Max(1, rows));
        var (a, b) = (new float[rowsAtOnce * columns], new float[rowsAtOnce * columns]);
        for (int row = 0; row < rows; row += rowsAtOnce)
        {
            int count = Math.Min(rowsAtOnce, rows - row);
            var left = a.AsSpan(0, count * columns);
            var right = b.AsSpan(0, count * columns);
            checkpoint.ReadRows(first.Name, row, count, left);
            checkpoint.ReadRows(second.Name, row, count, right);
            if (!left.SequenceEqual(right))
            {
                return true;
            }
        }

        return false;
    }
}
