namespace Sparsum.Pruning.HeadElimination;

/// <summary>One redundant head that went into another.</summary>
/// <param name="Head">Its original number.</param>
/// <param name="Into">Original number of the head that replaced it.</param>
/// <param name="Epoch">The epoch after which it went.</param>
public sealed record HeadMerge(int Head, int Into, int Epoch);
