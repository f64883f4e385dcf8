using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Looks at what a finished run left.</summary>
internal static class ExistingRun
{
    /// <summary>The result of the finished run in the output folder.</summary>
    /// <exception cref="InvalidInputException">It was another run, or no pruning at all.</exception>
    public static PruneResult Finished(OutputFolder folder, SortedDictionary<string, string> key)
    {
        if (!File.Exists(ResultPath(folder)))
        {
            throw new InvalidInputException("output-exists", $"The output folder '{folder.Target}' holds another kind of output.")
            {
                Option = "output",
                Hint = "Choose another `output`, or add `force` to replace it.",
            };
        }

        PruneResult result;
        try
        {
            result = JsonSerializer.Deserialize(File.ReadAllBytes(ResultPath(folder)), PruningJson.Default.PruneResult)!;
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException("damaged-result", "The record of the finished run cannot be read.", exception)
            {
                File = ResultPath(folder),
                Found = exception.Message,
                Hint = "Start again with `force`.",
            };
        }

        RunKey.RequireSame(RunKey.Of(result.Options, result.Calibration, result.ModelFingerprint), key, folder.Target);
        return result with { WasComplete = true, ResumedBlocks = result.Blocks.Count };
    }

    private static string ResultPath(OutputFolder folder) => Path.Combine(folder.Target, PruneResult.FileName);
}
