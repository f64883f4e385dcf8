using Sparsum.Transformers.Layers;

namespace Sparsum.Training.Data;

/// <summary>Examples padded on the right to the longest among them.</summary>
public sealed class TrainingBatch
{
    /// <summary>The label that asks for nothing.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>Pads and stacks examples.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="paddingToken">The token that fills the rows.</param>
    public TrainingBatch(IReadOnlyList<TrainingExample> examples, int paddingToken)
    {
        Examples = examples;
        int length = examples.Max(example => example.InputIds.Length);
        int targetLength = examples.Max(example => example.Target?.Length ?? 0);
        Tokens = new TokenBatch(
            Stack(length, paddingToken, example => example.InputIds),
            examples.Count,
            examples.All(example => example.InputIds.Length == length) ? null : Mask(length))
        {
            TokenTypeIds = examples.Any(example => example.TokenTypeIds is not null)
                ? Stack(length, 0, example => example.TokenTypeIds)
                : null,
        };
        TokenLabels = Stack(length, IgnoredLabel, example => example.TokenLabels);
        TargetLabels = targetLength == 0 ? null : Stack(targetLength, IgnoredLabel, example => example.Target);
    }

    /// <summary>Neighbouring rows of a batch, padded as there.</summary>
    private TrainingBatch(TrainingBatch whole, Range rows)
    {
        var (first, count) = rows.GetOffsetAndLength(whole.Examples.Count);
        int length = whole.Tokens.Length;
        Examples = [.. whole.Examples.Skip(first).Take(count)];
        Tokens = new TokenBatch(Take(whole.Tokens.InputIds, length), count, whole.Tokens.AttentionMask is { } mask ? Take(mask, length) : null)
        {
            TokenTypeIds = whole.Tokens.TokenTypeIds is { } types ? Take(types, length) : null,
        };
        TokenLabels = Take(whole.TokenLabels, length);
        TargetLabels = whole.TargetLabels is { } targets ? Take(targets, targets.Length / whole.Examples.Count) : null;

        T[] Take<T>(T[] values, int width) => values[(first * width)..((first + count) * width)];
    }

    /// <summary>The examples, one per row.</summary>
    public IReadOnlyList<TrainingExample> Examples { get; }

    /// <summary>Tokens, mask and segments.</summary>
    public TokenBatch Tokens { get; }

    /// <summary>Labels of the tokens <c>[batch * length]</c>; -100 at padding and where an example has none.</summary>
    public int[] TokenLabels { get; }

    /// <summary>What the decoder should say <c>[batch * target length]</c>, -100 behind the end of a target; null where no example has one.</summary>
    public int[]? TargetLabels { get; }

    /// <summary>Some of the rows, padded as they are here.</summary>
    /// <param name="rows">At least one.</param>
    public TrainingBatch Share(Range rows) => new(this, rows);

    private int[] Stack(int length, int padding, Func<TrainingExample, int[]?> values)
    {
        var stacked = new int[Examples.Count * length];
        Array.Fill(stacked, padding);
        for (int row = 0; row < Examples.Count; row++)
        {
            values(Examples[row])?.CopyTo(stacked, row * length);
        }

        return stacked;
    }

    private byte[] Mask(int length)
    {
        var mask = new byte[Examples.Count * length];
        for (int row = 0; row < Examples.Count; row++)
        {
            mask.AsSpan(row * length, Examples[row].InputIds.Length).Fill(1);
        }

        return mask;
    }
}
