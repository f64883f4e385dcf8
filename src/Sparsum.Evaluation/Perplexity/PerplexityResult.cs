namespace Sparsum.Evaluation.Perplexity;

/// <summary>A perplexity with everything that it depends on beside the model.</summary>
public sealed record PerplexityResult
{
    /// <summary><c>exp(NegativeLogLikelihood / Tokens)</c>.</summary>
    public required double Perplexity { get; init; }

    /// <summary>Sum over all predicted tokens, in nats.</summary>
    public required double NegativeLogLikelihood { get; init; }

    /// <summary>Mean negative log-likelihood per predicted token of each sequence, in nats and in the order of the text.</summary>
    public required IReadOnlyList<double> MeanLosses { get; init; }

    /// <summary>Predicted tokens: every token of a sequence but its first.</summary>
    public required long Tokens { get; init; }

    /// <summary>The protocol.</summary>
    public required PerplexityProtocol Protocol { get; init; }

    /// <summary>Tokens per window; where documents are scored alone, the length they are cut at.</summary>
    public required int Window { get; init; }

    /// <summary>Tokens from the start of one window to the next; equal to <see cref="Window"/>, for windows never overlap.</summary>
    public int Stride => Window;

    /// <summary>Sequences that were scored: windows, or documents.</summary>
    public required int Sequences { get; init; }

    /// <summary>Documents that were read.</summary>
    public required int Documents { get; init; }

    /// <summary>Documents left out for having fewer than two tokens.</summary>
    public required int Skipped { get; init; }

    /// <summary>Tokens dropped behind the last window or behind the cut of each document.</summary>
    public required long DroppedTokens { get; init; }

    /// <summary>Special tokens around each document, or around the whole text where it is joined.</summary>
    public required SpecialTokens SpecialTokens { get; init; }

    /// <summary>The tokenizer.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>SHA-256 of the data file.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>The protocol in words, to be printed with the figure.</summary>
    public string Description => Protocol switch
    {
        PerplexityProtocol.Documents =>
            $"documents: {Sequences} texts, each alone, cut at {Window} tokens; special tokens: {SpecialTokens}",
        PerplexityProtocol.Joined =>
            $"joined: {Sequences} windows of {Window} tokens, tail dropped; special tokens of the whole text: {SpecialTokens}",
        PerplexityProtocol.WikiText2 => $"wikitext2: rows joined by two newlines, {Windows}",
        PerplexityProtocol.Ptb => $"ptb: sentences joined by a space, {Windows}",
        PerplexityProtocol.C4 => $"c4: {Documents} documents (at most {PerplexityOptions.C4Documents}) joined by a space, {Windows}, "
            + $"at most {PerplexityOptions.C4Windows}",
        PerplexityProtocol.Ids => $"ids: {Sequences} rows of ready token ids, each alone, nothing added",
        _ => $"concatenated: {Sequences} windows of {Window} tokens, tail dropped; special tokens of each document: {SpecialTokens}",
    };

    private string Windows => $"{Sequences} windows of {Window} tokens; special tokens of the whole text: {SpecialTokens}";
}
