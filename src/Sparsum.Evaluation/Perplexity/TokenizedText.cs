using Sparsum.Core;
using Sparsum.Evaluation.Datasets;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>A text cut into the token sequences that a protocol scores, with the facts that belong to the figure.</summary>
public sealed class TokenizedText
{
    private TokenizedText(PerplexityOptions options, IReadOnlyList<int[]> sequences)
    {
        Options = options;
        Sequences = sequences;
    }

    /// <summary>The options, with nothing left open.</summary>
    public PerplexityOptions Options { get; }

    /// <summary>The sequences, each scored on its own: ids <c>[2 … window]</c>.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Documents that were read.</summary>
    public int Documents { get; private init; }

    /// <summary>Documents that were left out because they have fewer than two tokens.</summary>
    public int Skipped { get; private init; }

    /// <summary>Tokens behind the last full window, or behind the cut of each document.</summary>
    public long DroppedTokens { get; private init; }

    /// <summary>Special tokens around each document, or around the whole text where it is joined.</summary>
    public required SpecialTokens SpecialTokens { get; init; }

    /// <summary>The tokenizer, for reports.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>SHA-256 of the data file.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>Tokenises a file.</summary>
    /// <param name="file">The text.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="maxPositions">Longest sequence that the model takes.</param>
    /// <param name="options">The protocol and its settings.</param>
    /// <param name="cancellationToken">Stops between documents.</param>
    /// <exception cref="InvalidInputException">An option is out of range, or the text is too short to score anything.</exception>
    public static TokenizedText Create(
        TextFile file, ITokenizer tokenizer, int maxPositions, PerplexityOptions options, CancellationToken cancellationToken = default)
    {
        options = options.Resolve(file, maxPositions);
        int window = options.Window!.Value;
        var documents = file.Documents.Skip(options.FirstDocument).Take(options.LastDocument!.Value - options.FirstDocument + 1).ToList();
        var texts = options.Protocol == PerplexityProtocol.Joined ? [string.Join(options.Separator, documents)] : documents;
        var encoded = new List<int[]>(texts.Count);
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            encoded.Add(tokenizer.Encode(text));
        }

        bool isWindowed = options.Protocol != PerplexityProtocol.Documents;
        var sequences = isWindowed ? CutWindows(encoded, window) : CutDocuments(encoded, window);
        if (sequences.Count == 0)
        {
            throw TooShort(file, options, encoded.Sum(ids => (long)ids.Length));
        }

        return new TokenizedText(options, sequences)
        {
            Documents = documents.Count,
            Skipped = isWindowed ? 0 : encoded.Count - sequences.Count,
            DroppedTokens = encoded.Sum(ids => (long)ids.Length) - sequences.Sum(ids => (long)ids.Length),
            SpecialTokens = SpecialTokens.Of(tokenizer),
            Tokenizer = $"{tokenizer.GetType().Name}, {tokenizer.VocabularySize} ids",
            DataSha256 = file.ComputeSha256(),
        };
    }

    private static List<int[]> CutDocuments(List<int[]> encoded, int window) =>
        [.. encoded.Where(ids => ids.Length >= 2).Select(ids => ids.Length > window ? ids[..window] : ids)];

    private static List<int[]> CutWindows(List<int[]> encoded, int window)
    {
        int[] ids = encoded.Count == 1 ? encoded[0] : [.. encoded.SelectMany(document => document)];
        return [.. Enumerable.Range(0, ids.Length / window).Select(index => ids.AsSpan(index * window, window).ToArray())];
    }

    private static InvalidInputException TooShort(TextFile file, PerplexityOptions options, long tokens)
    {
        bool isWindowed = options.Protocol != PerplexityProtocol.Documents;
        return new InvalidInputException("text-too-short", $"'{file.Path}' is too short to be scored.")
        {
            File = file.Path,
            Found = $"{tokens} tokens",
            Expected = isWindowed ? $"at least one window of {options.Window} tokens" : "a document of at least 2 tokens",
            Hint = isWindowed ? "Choose a smaller window or give more text." : "Give more text.",
        };
    }
}
