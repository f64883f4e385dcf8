namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What the output of a masked block is compared with.</summary>
public enum BesaReference
{
    /// <summary>What the dense block makes of the same input.</summary>
    Block,

    /// <summary>What the dense model has at this place.</summary>
    Dense,
}
