namespace Sparsum.Evaluation.TextPairs;

/// <summary>The pairs of one split.</summary>
/// <param name="Task">The task.</param>
/// <param name="Split">The split.</param>
/// <param name="Files">The file that they come from, or the two of them.</param>
/// <param name="Pairs">At least one.</param>
/// <param name="Empty">Lines that are empty in both of two aligned files, which are no pairs.</param>
public sealed record TextPairSet(TextPairTask Task, TextPairSplit Split, IReadOnlyList<string> Files, IReadOnlyList<TextPair> Pairs, int Empty = 0);

/// <summary>A text and what is to be written from it.</summary>
/// <param name="Source">What is read; not empty.</param>
/// <param name="Target">What is to be written; not empty.</param>
public readonly record struct TextPair(string Source, string Target);

/// <summary>A part of a task.</summary>
public enum TextPairSplit
{
    /// <summary>To train on.</summary>
    Train,

    /// <summary>To measure on during a run.</summary>
    Validation,

    /// <summary>To measure on at last.</summary>
    Test,
}
