using Sparsum.Core;

namespace Sparsum.Cli.Inputs;

/// <summary>Texts and what they ought to be, line by line.</summary>
internal sealed record AlignedTexts(IReadOnlyList<string> Hypotheses, IReadOnlyList<string> References)
{
    public static AlignedTexts Read(string hypotheses, string references)
    {
        var predicted = TextLines.Read(hypotheses);
        var expected = TextLines.Read(references);
        RequireSameCount(hypotheses, predicted.Count, references, expected.Count);
        if (expected.Count == 0)
        {
            throw new InvalidInputException("empty-file", $"'{references}' holds no texts.")
            {
                File = references,
                Expected = "a text per line",
                Hint = "Write one text per line, or a JSON array of strings.",
            };
        }

        // An empty hypothesis is a poor answer; an empty reference asks for none, and mostly shows that a file has slipped.
        foreach (var (index, text) in expected.Index())
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                throw new InvalidInputException("empty-reference", $"Line {index + 1} of '{references}' is empty.")
                {
                    File = references,
                    Found = $"nothing at line {index + 1} of {expected.Count}",
                    Expected = "a text at every line",
                    Hint = "Give every example its reference, or leave the example out of both files.",
                };
            }
        }

        return new AlignedTexts(predicted, expected);
    }

    private static void RequireSameCount(string hypotheses, int predicted, string references, int expected)
    {
        if (predicted != expected)
        {
            var (longer, shorter) = predicted > expected ? (hypotheses, references) : (references, hypotheses);
            throw new InvalidInputException("count-mismatch", "There are not as many hypotheses as references.")
            {
                File = hypotheses,
                Found = $"{predicted} texts",
                Expected = $"{expected} texts, as in '{references}'",
                Hint = $"Line {Math.Min(predicted, expected) + 1} of '{longer}' has no counterpart in '{shorter}'. A text within which lines end needs a JSON array.",
            };
        }
    }
}
