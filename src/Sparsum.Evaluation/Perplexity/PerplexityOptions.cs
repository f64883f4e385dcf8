using Sparsum.Core;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>What to score and how.</summary>
public sealed record PerplexityOptions
{
    /// <summary>
    /// The protocol; null means <see cref="PerplexityProtocol.Documents"/> for JSON lines and Parquet, and <see cref="PerplexityProtocol.Joined"/> for
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

    /// <summary>Most sequences that are scored, from the first on; null scores all.</summary>
    public int? Sequences { get; init; }

    /// <summary>
    /// Tokens, padding included, that go through the model at once; a longer sequence goes alone. Changes speed and memory, and the result
    /// by no more than float32 rounding.
    /// </summary>
    public int BatchTokens { get; init; } = 4096;

    /// <summary>Upper bound of the default window, the length that published figures use.</summary>
    public static int LargestDefaultWindow => 2048;

    /// <summary>Documents at the start of a file that suffice to score it, so that no more need be read.</summary>
    public int DocumentLimit => Protocol == PerplexityProtocol.C4 ? C4Documents
        : LastDocument is { } last and < int.MaxValue ? last + 1 : int.MaxValue;

    /// <summary>Documents of C4 that are joined.</summary>
    internal static int C4Documents => 1100;

    /// <summary>Windows of them that are scored.</summary>
    internal static int C4Windows => 256;

    private bool IsPublished => Protocol is PerplexityProtocol.WikiText2 or PerplexityProtocol.Ptb or PerplexityProtocol.C4;

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
                Option = "window",
                Found = $"{window}",
                Expected = $"2 to {maxPositions} tokens",
                Hint = "Choose a window that the model's positions cover.",
            };
        }

        if (IsPublished && (FirstDocument != 0 || LastDocument is not null))
        {
            throw new InvalidInputException("conflicting-options", "A published protocol says itself which documents it scores.")
            {
                Option = "documents",
                Found = $"a range of documents with {Protocol}",
                Hint = "Leave out the range, or choose another protocol; to score less, limit the windows.",
            };
        }

        if (Protocol == PerplexityProtocol.Ids)
        {
            throw new InvalidInputException("conflicting-options", $"'{file.Path}' holds text, not ids.") { File = file.Path };
        }

        if (Sequences < 1)
        {
            throw new InvalidInputException("option-out-of-range", "At least one window is scored.") { Option = "windows", Found = $"{Sequences}" };
        }

        int last = LastDocument ?? file.Documents.Count - 1;
        if (FirstDocument < 0 || last < FirstDocument || last >= file.Documents.Count)
        {
            throw new InvalidInputException("documents-out-of-range", $"'{file.Path}' has no documents {FirstDocument}..{last}.")
            {
                Option = "documents",
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
            Protocol = Protocol ?? (file.HasDocuments ? PerplexityProtocol.Documents : PerplexityProtocol.Joined),
            Window = window,
            LastDocument = last,
        };
    }
}
