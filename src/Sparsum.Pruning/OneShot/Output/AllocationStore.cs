using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Keeps what an allocation found in the work folder, so that a resumed run does not search again.</summary>
internal static class AllocationStore
{
    /// <summary>What was kept; null when nothing was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="blocks">The blocks that it is for.</param>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static (SparsityPlan Plan, JsonObject? Report)? Load(string path, IReadOnlyList<TransformerBlock> blocks)
    {
        try
        {
            if (StateFile.Read(path, PruningJson.Default.StoredAllocation) is not { } file)
            {
                return null;
            }

            bool fits = file.Targets.Count == blocks.Count && blocks.Zip(file.Targets).All(pair => Fits(pair.First, pair.Second));
            return fits ? (new SparsityPlan(file.Targets), file.Report) : throw new ArgumentException("targets for other blocks or layers");
        }
        catch (ArgumentException exception)
        {
            throw new InvalidInputException("damaged-journal", "The interrupted run cannot be resumed: its allocation is damaged.", exception)
            {
                File = path,
                Found = exception.Message,
                Hint = "Start again with `force` instead of `resume`.",
            };
        }
    }

    private static bool Fits(TransformerBlock block, IReadOnlyList<LayerTarget> targets) => block.Linears.Count == targets.Count
        && block.Linears.Zip(targets).All(pair => pair.Second?.RowRatios is not { } rows || rows.Count == pair.First.OutputSize);

    /// <summary>Writes it down and returns it.</summary>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static (SparsityPlan Plan, JsonObject? Report) Keep(string path, SparsityPlan plan, JsonObject? report)
    {
        var file = new StoredAllocation(plan.Blocks, report);
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(file, PruningJson.Default.StoredAllocation));
        return (plan, report);
    }

    /// <summary>The file.</summary>
    internal sealed record StoredAllocation(IReadOnlyList<IReadOnlyList<LayerTarget>> Targets, JsonObject? Report);
}
