namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What has a sparsity of its own.</summary>
public enum BesaGranularity
{
    /// <summary>Each row.</summary>
    Row,

    /// <summary>Each matrix.</summary>
    Layer,
}
