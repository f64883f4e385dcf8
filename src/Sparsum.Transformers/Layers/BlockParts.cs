namespace Sparsum.Transformers.Layers;

/// <summary>The parts of a block that add to the hidden states.</summary>
[Flags]
public enum BlockParts
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Self-attention.</summary>
    Attention = 1,

    /// <summary>Attention to the states of an encoder.</summary>
    CrossAttention = 2,

    /// <summary>The MLP.</summary>
    FeedForward = 4,
}
