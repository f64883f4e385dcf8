namespace Sparsum.Transformers.Generation;

/// <summary>What was written for a prompt.</summary>
/// <param name="Tokens">The new tokens, up to and including the one that ended them.</param>
/// <param name="Score">Of a beam search: the log-probability under the length penalty; null otherwise.</param>
public sealed record GeneratedSequence(int[] Tokens, float? Score);
