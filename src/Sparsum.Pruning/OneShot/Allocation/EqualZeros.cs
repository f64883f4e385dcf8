using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Plans that prune as many weights as one ratio everywhere would, whatever their own rounding: only then do figures of several allocations say
/// which of them chose better. Where rows lose whole numbers of weights what rounding gives or takes is carried on, else ratios are shifted.
/// </summary>
internal static class EqualZeros
{
    private const int Bisections = 60;

    /// <summary>The same plan where the task keeps published rounding; otherwise one with the zeros of the uniform plan.</summary>
    /// <param name="plan">What an allocation found.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="task">Says how ratios are rounded, and whether masks go by rows.</param>
    public static SparsityPlan Apply(SparsityPlan plan, IReadOnlyList<TransformerBlock> blocks, AllocationTask task)
    {
        if (task.Rounding == SparsityRounding.Published)
        {
            return plan;
        }

        double[][] ratios = [.. plan.Blocks.Select(block => block.Select(target => target.Ratio).ToArray())];
        if (!task.Method.TakesRowRatios)
        {
            return Shifted(ratios, blocks, task.Sparsity);
        }

        return plan.Blocks.All(block => block.All(target => target.RowRatios is null))
            ? new SparsityPlan(WholeColumns.Targets(blocks, ratios, task.Sparsity))
            : ByRows(plan, blocks, task.Sparsity);
    }

    /// <summary>All ratios moved by one amount, so that their mean over weights is the sparsity; a clipped one stays where it is.</summary>
    private static SparsityPlan Shifted(double[][] ratios, IReadOnlyList<TransformerBlock> blocks, double sparsity)
    {
        double[] sizes = [.. blocks.SelectMany(block => block.Linears).Select(layer => (double)layer.OutputSize * layer.InputSize)];
        double[] flat = [.. ratios.SelectMany(block => block)];
        double low = -1;
        double high = 1;
        for (int i = 0; i < Bisections; i++)
        {
            double shift = (low + high) / 2;
            bool isEnough = flat.Zip(sizes, (ratio, size) => Move(ratio, shift) * size).Sum() >= sparsity * sizes.Sum();
            (low, high) = isEnough ? (low, shift) : (shift, high);
        }

        return new SparsityPlan(ratios.Select(block => block.Select(ratio => Move(ratio, high))));
    }

    /// <summary>Not beyond what an allocation itself would leave a layer.</summary>
    private static double Move(double ratio, double shift) => Math.Clamp(ratio + shift, 0, Math.Max(ratio, 0.99));

    /// <summary>
    /// Every row loses a whole number of weights near its ratio. The rows of all layers are gone through in order, and what one gets too much or
    /// too little the next makes up for; all are moved by one fraction of a weight, so that the sum comes out.
    /// </summary>
    internal static SparsityPlan ByRows(SparsityPlan plan, IReadOnlyList<TransformerBlock> blocks, double sparsity)
    {
        var layers = blocks.SelectMany(block => block.Linears.Select((layer, place) => (Layer: layer, Target: plan.Target(block.Index, place)))).ToList();
        double wanted = layers.Sum(entry => (double)entry.Layer.OutputSize * RowRule.CountPruned(entry.Layer.InputSize, sparsity));
        double planned = layers.Sum(entry => Enumerable.Range(0, entry.Layer.OutputSize).Sum(row => RatioOf(entry.Target, row) * entry.Layer.InputSize));
        double shift = (wanted - planned) / layers.Sum(entry => (double)entry.Layer.OutputSize);
        double owed = 0;
        return new SparsityPlan(blocks.Select(block => block.Linears.Select((layer, place) => Rounded(layer, plan.Target(block.Index, place))).ToArray()));

        LayerTarget Rounded(Linear layer, LayerTarget target)
        {
            double[] rows = new double[layer.OutputSize];
            long pruned = 0;
            for (int row = 0; row < rows.Length; row++)
            {
                owed += (RatioOf(target, row) * layer.InputSize) + shift;
                int count = Math.Clamp((int)Math.Round(owed), 0, layer.InputSize - 1);
                owed -= count;
                pruned += count;
                rows[row] = WholeColumns.RatioOf(count, layer.InputSize);
            }

            return new LayerTarget((double)pruned / rows.Length / layer.InputSize) { RowRatios = rows, RowRounding = RowRounding.FloorPruned };
        }
    }

    private static double RatioOf(LayerTarget target, int row) => target.RowRatios is { } rows ? rows[row] : target.Ratio;
}
