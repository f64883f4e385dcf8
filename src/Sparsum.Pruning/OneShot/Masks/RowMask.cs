namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Receives the mask of one row: true where a weight is pruned. Called for several rows at once by several threads.</summary>
/// <param name="row">The row.</param>
/// <param name="pruned">One mark per column; valid only during the call.</param>
public delegate void RowMask(int row, ReadOnlySpan<bool> pruned);
