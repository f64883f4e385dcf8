namespace Sparsum.Pruning.Compaction;

/// <summary>How far a compaction is.</summary>
/// <param name="IsWriting">Whether blocks are being written; before that all are looked at.</param>
/// <param name="Block">The block at hand, from 0.</param>
/// <param name="Blocks">Number of blocks.</param>
public sealed record CompactionProgress(bool IsWriting, int Block, int Blocks);
