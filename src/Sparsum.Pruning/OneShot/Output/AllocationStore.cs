using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Keeps what an allocation found in the work folder, so that a resumed run does not search again.</summary>
internal static class AllocationStore
{
    /// <summary>What was kept; null when nothing was.</summary>
    /// <exception cref="InvalidInputException">The file is damaged.</exception>
    public static AllocationResult? Load(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), PruningJson.Default.StoredAllocation)!;
            return new AllocationResult(new SparsityPlan(file.Targets)) { Report = file.Report };
        }
        catch (Exception exception) when (exception is JsonException or ArgumentOutOfRangeException)
        {
            throw new InvalidInputException("damaged-journal", "The interrupted run cannot be resumed: its allocation is damaged.", exception)
            {
                File = path,
                Found = exception.Message,
                Hint = "Start again with `force` instead of `resume`.",
            };
        }
    }

    /// <summary>Writes it down and returns it.</summary>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static AllocationResult Keep(string path, AllocationResult result)
    {
        var file = new StoredAllocation(result.Plan.Blocks, result.Report);
        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(file, PruningJson.Default.StoredAllocation));
        return result;
    }

    /// <summary>The file.</summary>
    internal sealed record StoredAllocation(IReadOnlyList<IReadOnlyList<LayerTarget>> Targets, JsonObject? Report);
}
