namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>What becomes of an expert that no calibration token was sent to, of which no score is known.</summary>
public enum UnseenExperts
{
    /// <summary>It stays dense, and the model has fewer zeros than asked for.</summary>
    Dense,

    /// <summary>Its weights are pruned by their magnitudes, to the sparsity that was planned for it.</summary>
    Magnitude,
}
