namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// Neighbouring rows share their zeros: <c>4x1</c> blocks let a sparse kernel use each input that it loads for four outputs. A block of
/// weights is scored by the mean of its weights, and another rule chooses among blocks as it would among weights. The last rows make a
/// lower block where their number is no multiple.
/// </summary>
/// <param name="inner">Chooses among blocks.</param>
/// <param name="blockRows">Rows of a block.</param>
public sealed class RowBlockRule(IMaskRule inner, int blockRows) : IMaskRule
{
    /// <inheritdoc/>
    public void Check(string layer, int columns) => inner.Check(layer, columns);

    /// <inheritdoc/>
    public void Select(LayerScores scores, double ratio, RowMask receive) => inner.Select(scores.OfBlocks(blockRows), ratio, (block, pruned) =>
    {
        int end = Math.Min(scores.Rows, (block + 1) * blockRows);
        for (int row = block * blockRows; row < end; row++)
        {
            receive(row, pruned);
        }
    });
}
