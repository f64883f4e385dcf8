using System.Text.RegularExpressions;

namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>The steps of NIST's <c>mteval-v13a</c> by which marks of ASCII become tokens; other scorers take them over.</summary>
internal static partial class AsciiMarks
{
    public static string ResolveEntities(string text) =>
        text.Replace("&quot;", "\"").Replace("&amp;", "&").Replace("&lt;", "<").Replace("&gt;", ">");

    /// <summary>Puts spaces around every mark but the four that numbers and words have within them.</summary>
    public static string SeparatePunctuation(string text) => Punctuation().Replace(text, " $0 ");

    /// <summary>Puts spaces around full stops and commas that are not between digits, and dashes behind a digit.</summary>
    public static string SeparateFromNumbers(string text)
    {
        text = MarkAfterNonDigit().Replace(text, "$1 $2 ");
        text = MarkBeforeNonDigit().Replace(text, " $1 $2");
        return DashAfterDigit().Replace(text, "$1 $2 ");
    }

    // All of ASCII that is neither letter nor digit, but for ' , - and full stop.
    [GeneratedRegex(@"[\x20-\x26\x28-\x2B\x2F\x3A-\x40\x5B-\x60\x7B-\x7E]")]
    private static partial Regex Punctuation();

    [GeneratedRegex(@"([^0-9])([.,])")]
    private static partial Regex MarkAfterNonDigit();

    [GeneratedRegex(@"([.,])([^0-9])")]
    private static partial Regex MarkBeforeNonDigit();

    [GeneratedRegex(@"([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
