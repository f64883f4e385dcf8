using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Output;

namespace Sparsum.Cli.Commands;

/// <summary>What a pruning run has to tell about its layers, in a few warnings: layers of which the same is to be said share one.</summary>
internal static class PruneNotes
{
    private const int Most = 5;

    /// <summary>The warnings, those of most layers first.</summary>
    public static IEnumerable<string> Of(PruneResult result)
    {
        foreach (var (name, why) in result.Allocation?["leftOut"] as JsonObject ?? [])
        {
            yield return $"the search did without {name}: {why}";
        }

        var layers = result.Blocks.SelectMany(block => block.Layers.Select(layer => (Block: block.Index, layer.Name, layer.Note))).ToList();
        var groups = layers.Where(layer => layer.Note is not null).GroupBy(layer => layer.Note).OrderByDescending(group => group.Count()).ToList();
        foreach (var group in groups.Take(Most))
        {
            var (block, name, _) = group.First();
            string others = group.Count() == 1 ? "" : FormattableString.Invariant($" and {group.Count() - 1} more of {layers.Count} layers");
            yield return FormattableString.Invariant($"block {block} {name}{others}: {group.Key}");
        }

        if (groups.Count > Most)
        {
            yield return FormattableString.Invariant($"{groups.Skip(Most).Sum(group => group.Count())} more layers have notes; run.json has them (blocks, layers, note)");
        }
    }
}
