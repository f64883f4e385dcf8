using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Owl;

/// <summary>
/// <c>D = 100 · |{S > m · mean(S)}| / |S|</c> over the Wanda scores <c>S</c> of all matrices of a block together (Yin et al. 2024, eq. 1).
/// </summary>
internal static class OutlierShare
{
    /// <summary>The share in percent.</summary>
    /// <param name="block">The block, loaded.</param>
    /// <param name="statistics">What was seen of a layer's input.</param>
    /// <param name="factor"><c>m</c>.</param>
    /// <param name="threads">Most threads to use.</param>
    public static double Percent(TransformerBlock block, Func<Linear, LayerStatistics> statistics, double factor, int threads)
    {
        var scores = block.Linears
            .Select(linear => new LayerScores(
                linear.Name, linear.OutputSize, linear.InputSize, new Wanda().Prepare(linear.Weight.Value, statistics(linear)), threads))
            .ToList();
        long count = block.Linears.Sum(BlockSizes.Of);
        double threshold = factor * scores.Sum(Sum) / count;
        return (double)scores.Sum(layer => CountAbove(layer, threshold)) / count * 100;
    }

    private static double Sum(LayerScores scores)
    {
        // Row by row into places of their own: the order of the sum does not depend on the threads.
        double[] rows = new double[scores.Rows];
        scores.ForEachRow((row, values, _) =>
        {
            double sum = 0;
            foreach (float value in values)
            {
                sum += value;
            }

            rows[row] = sum;
        });
        return rows.Sum();
    }

    private static long CountAbove(LayerScores scores, double threshold)
    {
        long[] rows = new long[scores.Rows];
        scores.ForEachRow((row, values, _) =>
        {
            long count = 0;
            foreach (float value in values)
            {
                count += value > threshold ? 1 : 0;
            }

            rows[row] = count;
        });
        return rows.Sum();
    }
}
