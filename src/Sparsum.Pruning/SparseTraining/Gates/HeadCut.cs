using Sparsum.Pruning.HeadElimination;
using Sparsum.Training;

namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>Cuts heads out without merging them into others.</summary>
internal static class HeadCut
{
    /// <summary>Cuts, and tells what went.</summary>
    /// <param name="trainer">The run, whose moments follow.</param>
    /// <param name="place">The module.</param>
    /// <param name="slots">Present places of the heads that go; at least one stays.</param>
    public static HeadHistory Apply(Trainer trainer, AttentionPlace place, int[] slots)
    {
        var attention = place.Attention;
        var kept = attention.KeptHeads;
        int[] gone = [.. slots.Select(slot => kept[slot]).Order()];
        double[] importances = [.. Enumerable.Range(0, kept.Count).Select(slot => HeadImportance.Of(attention, slot))];
        double mean = Enumerable.Range(0, kept.Count).Except(slots).Average(slot => importances[slot]);
        var record = new PrunedModuleRecord(
            place.Stack,
            place.Layer,
            place.Kind,
            attention.OriginalHeadCount,
            [.. kept.Except(gone)],
            gone.ToDictionary(head => head, _ => trainer.Position.Epoch),
            new Dictionary<int, int>())
        {
            Removals = slots.ToDictionary(slot => kept[slot], slot => new RemovalImportance(importances[slot], mean)),
        };
        if (gone.Length > 0)
        {
            trainer.Optimizer.Cut(attention.RemoveHeads(gone));
        }

        return new HeadHistory(place.Block.Index, record);
    }
}
