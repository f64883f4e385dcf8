namespace Sparsum.Transformers.Models;

/// <summary>The entry <c>compaction</c> of a configuration: what a reader of the weights must know beyond sizes.</summary>
public sealed record CompactionConfig
{
    /// <summary>The encoding in which the weights may hold sparse tensors.</summary>
    public const string SparseBitmask = "sparse-bitmask";

    /// <summary>How sparse tensors are encoded, <see cref="SparseBitmask"/>; null means that all are dense.</summary>
    public string? Encoding { get; init; }

    /// <summary>
    /// Sizes of every block of the dense model, where the configuration has smaller ones for all blocks: what a sparsity is a share of.
    /// </summary>
    public LayerSizes? DenseSizes { get; init; }
}
