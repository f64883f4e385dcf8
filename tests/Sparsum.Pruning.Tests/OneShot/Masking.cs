using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.Tests.OneShot;

internal static class Masking
{
    /// <summary>The mask of each row.</summary>
    public static bool[][] Select(IMaskRule rule, LayerScores scores, double ratio)
    {
        bool[][] masks = new bool[scores.Rows][];
        rule.Select(scores, ratio, (row, pruned) => masks[row] = pruned.ToArray());
        return masks;
    }
}
