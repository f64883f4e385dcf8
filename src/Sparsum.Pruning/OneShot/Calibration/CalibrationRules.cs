using Sparsum.Core;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>The names of the ways in which calibration sequences are taken from data.</summary>
public static class CalibrationRules
{
    /// <summary>
    /// Windows of documents drawn at random, each longer than the window: the rule for C4. Default for JSON lines with decoder-only models.
    /// </summary>
    public const string C4 = "c4";

    /// <summary>Windows of one long token string of all documents, joined by spaces. Default for plain text.</summary>
    public const string Stream = "stream";

    /// <summary>
    /// <see cref="Stream"/> over the rows of WikiText-2 (<see cref="PublishedRows.WikiText"/>), joined by single spaces as SparseGPT and Wanda do.
    /// </summary>
    public const string WikiText2 = "wikitext2";

    /// <summary>
    /// <see cref="Stream"/> over the sentences of the Penn Treebank (<see cref="PublishedRows.Treebank"/>), joined by single spaces.
    /// </summary>
    public const string Ptb = "ptb";

    /// <summary>
    /// Beginnings of documents drawn at random, whole where they are shorter than a window. Default for JSON lines with models that have an
    /// encoder.
    /// </summary>
    public const string Documents = "documents";

    /// <summary>Ready token ids, used as they are.</summary>
    public const string Ids = "ids";

    /// <summary>The rules that a user can choose between for text.</summary>
    public static IReadOnlyList<string> ForText { get; } = [C4, WikiText2, Ptb, Stream, Documents];

    internal static void Check(string? rule)
    {
        if (rule is not null && !ForText.Contains(rule))
        {
            throw new InvalidInputException("unknown-calibration-rule", $"There is no calibration rule '{rule}'.")
            {
                Option = "calibration-rule",
                Found = rule,
                Expected = string.Join(" or ", ForText),
                Hint = "Leave the option out to let the file decide.",
            };
        }
    }
}
