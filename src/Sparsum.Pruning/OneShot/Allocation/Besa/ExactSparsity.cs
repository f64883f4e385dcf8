namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// Trims or refills the learned masks of a block until it has exactly the share of zeros that was asked for. Weights are compared by their
/// score over the mean score of their matrix, since matrices differ in scale.
/// </summary>
internal static class ExactSparsity
{
    /// <summary>Changes how many columns rows prune, the least important kept weight or the most important pruned one first.</summary>
    public static void Adjust(IReadOnlyList<BesaLayer> layers, double sparsity)
    {
        long target = (long)Math.Round(sparsity * layers.Sum(layer => layer.Elements));
        long missing = target - layers.Sum(layer => layer.PrunedCounts.Sum(count => (long)count));
        int step = Math.Sign(missing);
        var queue = new PriorityQueue<Row, (double Score, int Number)>();
        int number = 0;
        foreach (var layer in layers)
        {
            double scale = MeanScore(layer);
            for (int row = 0; row < layer.Linear.OutputSize; row++)
            {
                Enqueue(new Row(layer, row, scale, number++));
            }
        }

        for (; missing != 0 && queue.TryDequeue(out var row, out _); missing -= step)
        {
            row.Layer.Prune(row.Index, row.Layer.PrunedCounts[row.Index] + step);
            Enqueue(row);
        }

        void Enqueue(Row row)
        {
            int next = row.Layer.PrunedCounts[row.Index] + (step > 0 ? 0 : -1);
            if (next >= 0 && next < row.Layer.Linear.InputSize)
            {
                queue.Enqueue(row, (step * row.Layer.Scores(row.Index)[next] / row.Scale, row.Number));
            }
        }
    }

    private static double MeanScore(BesaLayer layer)
    {
        double sum = 0;
        for (int row = 0; row < layer.Linear.OutputSize; row++)
        {
            foreach (float score in layer.Scores(row))
            {
                sum += score;
            }
        }

        return sum > 0 ? sum / layer.Elements : 1;
    }

    private sealed record Row(BesaLayer Layer, int Index, double Scale, int Number);
}
