using Sparsum.Core;
using Sparsum.Evaluation.Datasets;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>What to score and how.</summary>
public sealed record PerplexityOptions
{
    /// <summary>
    /// The protocol; null means <see cref="PerplexityProtocol.Documents"/> for JSON lines and <see cref="PerplexityProtocol.Joined"/> for
    /// plain text.
    /// </summary>
    public PerplexityProtocol? Protocol { get; init; }

    /// <summary>
    /// Tokens per window, at least 2; null means what the model was made for, at most <see cref="LargestDefaultWindow"/>.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>What stands between documents in <see cref="PerplexityProtocol.Joined"/>.</summary>
    public string Separator { get; init; } = "\n\n";

    /// <summary>Index of the first document that is read, from 0.</summary>
    public int FirstDocument { get; init; }

    /// <summary>Index of the last document that is read, itself included; null reads to the end.</summary>
    public int? LastDocument { get; init; }

    /// <summary>
    /// Tokens, padding included, that go through the model at once; a longer sequence goes alone. Changes speed and memory, and the result
    /// by no more than float32 rounding.
    /// </summary>
    public int BatchTokens { get; init; } = 4096;

    /// <summary>Upper bound of the default window, the length that published figures use.</summary>
    public static int LargestDefaultWindow => 2048;

    /// <summary>The same options with protocol, window and range filled in for a file and a model.</summary>
    /// <param name="file">The text.</param>
    /// <param name="maxPositions">Longest sequence that the model takes.</param>
    /// <exception cref="InvalidInputException">An option is out of range.</exception>
    public PerplexityOptions Resolve(TextFile file, int maxPositions)
    {
        int window = Window ?? Math.Min(maxPositions, LargestDefaultWindow);
        if (window < 2 || window > maxPositions)
        {
            throw new InvalidInputException("window-out-of-range", $"A window of {window} tokens does not suit this model.")
            {
                File = "--window",
                Found = $"{window}",
                Expected = $"2 to {maxPositions} tokens",
                Hint = "Choose a window that the model's positions cover.",
            };
        }

        int last = LastDocument ?? file.Documents.Count - 1;
        if (FirstDocument < 0 || last < FirstDocument || last >= file.Documents.Count)
        {
            throw new InvalidInputException("documents-out-of-range", $"'{file.Path}' has no documents {FirstDocument}..{last}.")
            {
                File = "--documents",
                Found = $"{FirstDocument}..{last}",
                Expected = $"a range within 0..{file.Documents.Count - 1}",
                Hint = "Documents are counted from 0, and the last one named is included.",
            };
        }

        if (BatchTokens < 1)
        {
            throw new InvalidInputException("batch-out-of-range", "A batch holds at least one token.") { Found = $"{BatchTokens}" };
        }

        return this with
        {
            Protocol = Protocol ?? (file.IsJsonLines ? PerplexityProtocol.Documents : PerplexityProtocol.Joined),
            Window = window,
            LastDocument = last,
        };
    }
}
