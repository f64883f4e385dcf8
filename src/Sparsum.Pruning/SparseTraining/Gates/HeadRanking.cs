using Sparsum.Training.Data;

namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>The order in which heads go (Michel et al. 2019): the least important first, in rounds.</summary>
/// <param name="sensitivity">Measures importance.</param>
/// <param name="gates">The gates, all open.</param>
/// <param name="isExact">Whether importance is measured anew after each round, with the heads that went closed.</param>
/// <param name="keepsOne">Whether the last head of a module stays.</param>
internal sealed class HeadRanking(HeadSensitivity sensitivity, HeadGates gates, bool isExact, bool keepsOne = true)
{
    /// <summary>Chooses heads.</summary>
    /// <param name="batches">What importance is measured on.</param>
    /// <param name="count">How many are to go.</param>
    /// <param name="perRound">How many in a round; 0 for all.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public IReadOnlyList<(int Module, int Head)> Order(
        IReadOnlyList<TrainingBatch> batches, int count, int perRound, CancellationToken cancellationToken = default)
    {
        var gone = new List<(int Module, int Head)>();
        double[][] open = [.. gates.Modules.Select(module => Enumerable.Repeat(1.0, module.HeadCount).ToArray())];
        double[][]? importances = null;
        while (gone.Count < count)
        {
            if (importances is null || isExact)
            {
                gates.Apply(open);
                importances = sensitivity.Importances(gates, batches, cancellationToken);
            }

            int round = Math.Min(count - gone.Count, perRound == 0 ? count : perRound);
            var ranked = importances.SelectMany((module, index) => module.Select((importance, head) => (Module: index, Head: head, importance)))
                .OrderBy(head => head.importance);
            int taken = 0;
            foreach (var (module, head, _) in ranked)
            {
                if (taken == round)
                {
                    break;
                }

                if (open[module][head] > 0 && !(keepsOne && open[module].Sum() == 1))
                {
                    open[module][head] = 0;
                    gone.Add((module, head));
                    taken++;
                }
            }
        }

        return gone;
    }
}
