namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What has a sparsity of its own.</summary>
internal enum BesaGranularity
{
    /// <summary>Each row.</summary>
    Row,

    /// <summary>Each matrix.</summary>
    Layer,
}
