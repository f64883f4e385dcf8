namespace Sparsum.Transformers.Tokenizers;

/// <summary>One text or two as a model takes them.</summary>
/// <param name="Ids">Token ids, special ones included.</param>
/// <param name="TypeIds">For each id which text it belongs to, 0 or 1, as segment embeddings want it.</param>
public sealed record EncodedText(int[] Ids, int[] TypeIds);
