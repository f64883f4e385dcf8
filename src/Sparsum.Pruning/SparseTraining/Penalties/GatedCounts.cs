namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>How the near-zero weights of a gated MLP are counted.</summary>
public enum GatedCounts
{
    /// <summary>Gate and up are terms of their own.</summary>
    Separate,

    /// <summary>A neuron's gate and up rows are counted together and share one weight.</summary>
    Joint,
}
