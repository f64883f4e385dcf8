namespace Sparsum.Pruning.HeadElimination;

/// <summary>What happens to a redundant head.</summary>
public enum HeadRemoval
{
    /// <summary>Its rows and columns are cut out; the module becomes smaller.</summary>
    Physical,

    /// <summary>Its rows and columns become zero; shapes stay.</summary>
    Mask,
}
