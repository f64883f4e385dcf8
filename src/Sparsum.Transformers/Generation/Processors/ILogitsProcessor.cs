namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Changes the scores of the next token in the light of what a row already has; minus infinity excludes a token.</summary>
internal interface ILogitsProcessor
{
    /// <summary>Changes the scores in place.</summary>
    /// <param name="scores"><c>[vocabulary]</c>: logits, or log-probabilities in a beam search.</param>
    /// <param name="history">What the row already has.</param>
    void Apply(Span<float> scores, TokenHistory history);
}
