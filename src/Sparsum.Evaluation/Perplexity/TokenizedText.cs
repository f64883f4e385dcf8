using Sparsum.Core;
using Sparsum.Evaluation.Texts;
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
        int limit = Math.Min(options.LastDocument!.Value, options.DocumentLimit - 1);
        var documents = file.Documents.Skip(options.FirstDocument).Take(limit - options.FirstDocument + 1).ToList();
        IReadOnlyList<string> texts = options.Protocol switch
        {
            PerplexityProtocol.Joined => [string.Join(options.Separator, documents)],
            PerplexityProtocol.WikiText2 => [string.Join("\n\n", PublishedRows.WikiText(file))],
            PerplexityProtocol.Ptb => [string.Join(' ', PublishedRows.Treebank(file))],
            PerplexityProtocol.C4 => [string.Join(' ', documents)],
            _ => documents,
        };
        var encoded = new List<int[]>(texts.Count);
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            encoded.Add(tokenizer.Encode(text));
        }

        bool isWindowed = options.Protocol != PerplexityProtocol.Documents;
        var sequences = isWindowed ? CutWindows(encoded, window) : CutDocuments(encoded, window);
        int skipped = isWindowed ? 0 : encoded.Count - sequences.Count;
        int most = options.Protocol == PerplexityProtocol.C4 ? PerplexityOptions.C4Windows : int.MaxValue;
        sequences = [.. sequences.Take(Math.Min(most, options.Sequences ?? int.MaxValue))];
        if (sequences.Count == 0)
        {
            throw TooShort(file, options, encoded.Sum(ids => (long)ids.Length));
        }

        return new TokenizedText(options, sequences)
        {
            Documents = documents.Count,
            Skipped = skipped,
            DroppedTokens = encoded.Sum(ids => (long)ids.Length) - sequences.Sum(ids => (long)ids.Length),
            SpecialTokens = SpecialTokens.Of(tokenizer),
            Tokenizer = $"{tokenizer.GetType().Name}, {tokenizer.VocabularySize} ids",
            DataSha256 = file.ComputeSha256(),
        };
    }

    /// <summary>Takes ready ids, every row a sequence of its own.</summary>
    /// <param name="file">The ids.</param>
    /// <param name="maxPositions">Longest sequence that the model takes.</param>
    /// <param name="options">Settings; those that say how text becomes ids must be left open.</param>
    /// <exception cref="InvalidInputException">An option says how to cut text, or a row is too long or too short.</exception>
    public static TokenizedText Create(TokenIdFile file, int maxPositions, PerplexityOptions options)
    {
        if (options is not { Protocol: null or PerplexityProtocol.Ids, Window: null, FirstDocument: 0, LastDocument: null })
        {
            throw new InvalidInputException("conflicting-options", $"'{file.Path}' holds ready token ids, which are scored as they are.")
            {
                File = file.Path,
                Found = "an option that says how to cut text",
                Hint = "Leave out protocol, window and documents, or give the text itself.",
            };
        }

        int longest = file.Sequences.Max(ids => ids.Length);
        if (longest > maxPositions || file.Sequences.Any(ids => ids.Length < 2))
        {
            throw new InvalidInputException("window-out-of-range", $"A row of '{file.Path}' does not suit this model.")
            {
                File = file.Path,
                Found = $"rows of {file.Sequences.Min(ids => ids.Length)} to {longest} tokens",
                Expected = $"2 to {maxPositions} tokens",
                Hint = "Cut the rows to what the model's positions cover.",
            };
        }

        IReadOnlyList<int[]> sequences = [.. file.Sequences.Take(options.Sequences ?? int.MaxValue)];
        return new TokenizedText(options with { Protocol = PerplexityProtocol.Ids, Window = longest }, sequences)
        {
            Documents = file.Sequences.Count,
            SpecialTokens = new SpecialTokens([], []),
            Tokenizer = "none, ready ids",
            DataSha256 = file.ComputeSha256(),
        };
    }

    /// <summary>Takes sequences of ready ids.</summary>
    /// <param name="sequences">The sequences, each of at least 2 tokens and scored on its own; at least one.</param>
    /// <param name="dataSha256">SHA-256 of the file that they come from.</param>
    public static TokenizedText Create(IReadOnlyList<int[]> sequences, string dataSha256)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sequences.Count);
        return new TokenizedText(new PerplexityOptions { Protocol = PerplexityProtocol.Ids, Window = sequences.Max(ids => ids.Length) }, sequences)
        {
            Documents = sequences.Count,
            SpecialTokens = new SpecialTokens([], []),
            Tokenizer = "none, ready ids",
            DataSha256 = dataSha256,
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
