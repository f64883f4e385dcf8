namespace Sparsum.Transformers.Models;

/// <summary>The sizes of a block that removal changes.</summary>
/// <param name="NumAttentionHeads">Query heads.</param>
/// <param name="NumKeyValueHeads">Key/value heads.</param>
/// <param name="IntermediateSize">Intermediate neurons of the MLP.</param>
public sealed record LayerSizes(int NumAttentionHeads, int NumKeyValueHeads, int IntermediateSize);
