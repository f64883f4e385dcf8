using System.Text.Json;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Calibration ids of different lengths, as encoders get them from text: padded, with a mask.</summary>
internal static class UnevenSequences
{
    /// <summary>The document of ids; those of a decoder follow from the same numbers.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="hasTargets">Whether each has something for a decoder to read, of another length.</param>
    public static string Json(IReadOnlyList<int> lengths, bool hasTargets = false)
    {
        var (ids, mask) = Pad(lengths, 11);
        if (!hasTargets)
        {
            return JsonSerializer.Serialize(new { input_ids = ids, attention_mask = mask });
        }

        var (targets, targetMask) = Pad([.. lengths.Select(length => 2 + (length % 4))], 23);
        return JsonSerializer.Serialize(
            new { input_ids = ids, attention_mask = mask, decoder_input_ids = targets, decoder_attention_mask = targetMask });
    }

    /// <summary>A sequence is a function of its length and of how many of that length came before it, wherever it stands.</summary>
    private static (int[][] Ids, int[][] Mask) Pad(IReadOnlyList<int> lengths, int step)
    {
        int longest = lengths.Max();
        int[][] ids = [.. lengths.Index().Select(sequence =>
        {
            int copy = lengths.Take(sequence.Index).Count(length => length == sequence.Item);
            return Row(i => i < sequence.Item ? 5 + (((sequence.Item * 31) + (copy * 17) + (i * step)) % 240) : 0);
        })];
        return (ids, [.. lengths.Select(length => Row(i => i < length ? 1 : 0))]);

        int[] Row(Func<int, int> value) => [.. Enumerable.Range(0, longest).Select(value)];
    }
}
