namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>How the input dimensions of cross-attention are grouped.</summary>
public enum CrossAttentionGrouping
{
    /// <summary>The query reads the decoder, key and value the encoder: two groups.</summary>
    Split,

    /// <summary>One group, as the equation is printed.</summary>
    Joint,
}
