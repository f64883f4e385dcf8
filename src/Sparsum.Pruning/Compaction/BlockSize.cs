namespace Sparsum.Pruning.Compaction;

/// <summary>How large a block is.</summary>
/// <param name="Heads">Query heads, those of cross-attention included.</param>
/// <param name="Neurons">Intermediate neurons.</param>
/// <param name="Parameters">Values, biases and norms included.</param>
/// <param name="Bytes">Bytes of its tensors in the files.</param>
public sealed record BlockSize(int Heads, int Neurons, long Parameters, long Bytes);
