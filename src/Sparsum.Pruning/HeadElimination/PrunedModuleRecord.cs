namespace Sparsum.Pruning.HeadElimination;

/// <summary>The heads of one attention module, as a pruned model's <c>config.json</c> lists them.</summary>
/// <param name="Stack"><c>encoder</c> or <c>decoder</c>.</param>
/// <param name="Layer">Place of the block in its stack, from 0.</param>
/// <param name="Kind"><c>self</c> or <c>cross</c>.</param>
/// <param name="OriginalHeads">Heads of the dense module.</param>
/// <param name="KeptHeads">Original numbers of those that work.</param>
/// <param name="RemovedAtEpoch">Epoch of removal by original number.</param>
/// <param name="MergedInto">The head that replaced it, by original number.</param>
public sealed record PrunedModuleRecord(
    string Stack,
    int Layer,
    string Kind,
    int OriginalHeads,
    IReadOnlyList<int> KeptHeads,
    IReadOnlyDictionary<int, int> RemovedAtEpoch,
    IReadOnlyDictionary<int, int> MergedInto)
{
    /// <summary>By original number how important heads that are gone were, just before they went; empty where it was not noted.</summary>
    public IReadOnlyDictionary<int, RemovalImportance> Removals { get; init; } = new Dictionary<int, RemovalImportance>();

    /// <summary>Original numbers of the heads that are gone, ascending.</summary>
    public IReadOnlyList<int> RemovedHeads => [.. Enumerable.Range(0, OriginalHeads).Except(KeptHeads)];

    /// <summary>Records what became of a module.</summary>
    public static PrunedModuleRecord Of(HeadEliminator elimination, string stack, int layer, string kind) => new(
        stack,
        layer,
        kind,
        elimination.OriginalHeadCount,
        elimination.KeptHeads,
        elimination.Merges.ToDictionary(merge => merge.Head, merge => merge.Epoch),
        elimination.Merges.ToDictionary(merge => merge.Head, merge => merge.Into))
    {
        Removals = new Dictionary<int, RemovalImportance>(elimination.Removals),
    };
}
