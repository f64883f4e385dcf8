using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>The finished states of an encoder, as cross-attention reads them.</summary>
/// <param name="States"><c>[batch * length, hidden]</c>; they stay the caller's.</param>
/// <param name="Length">Tokens per sequence.</param>
/// <param name="Mask"><c>[batch, length]</c>, 0 at padding; null when nothing is padded.</param>
public sealed record EncodedSource(Tensor States, int Length, byte[]? Mask);
