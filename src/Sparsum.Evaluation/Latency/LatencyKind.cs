namespace Sparsum.Evaluation.Latency;

/// <summary>The kind of pass that is timed.</summary>
public enum LatencyKind
{
    /// <summary>A whole forward pass over <c>[batch, length]</c> tokens up to the outputs of the head.</summary>
    Prefill,

    /// <summary>
    /// One generation step: one new token per sequence behind a filled cache, up to its logits. The cache grows by one token per step,
    /// for all models alike.
    /// </summary>
    Decode,
}
