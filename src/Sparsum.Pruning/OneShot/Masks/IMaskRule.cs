namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Turns the scores of a layer into its mask.</summary>
public interface IMaskRule
{
    /// <summary>Checks that the rule can be used on a layer, before a run starts.</summary>
    /// <exception cref="Core.InvalidInputException">Its shape does not allow it.</exception>
    void Check(string layer, int columns);

    /// <summary>Hands over the mask of every row of a layer, in any order and on several threads at once.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="ratio">Share of the layer to prune, from 0 to below 1.</param>
    /// <param name="receive">Takes the masks.</param>
    void Select(LayerScores scores, double ratio, RowMask receive);
}

/// <summary>Receives the mask of one row: true where a weight is pruned. Called for several rows at once by several threads.</summary>
/// <param name="row">The row.</param>
/// <param name="pruned">One mark per column; valid only during the call.</param>
public delegate void RowMask(int row, ReadOnlySpan<bool> pruned);
