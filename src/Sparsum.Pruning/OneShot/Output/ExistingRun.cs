using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Looks at what a finished run left.</summary>
internal static class ExistingRun
{
    private static readonly JsonRules Rules = new()
    {
        Code = "damaged-result", Expected = "the record of a finished run", Hint = "Start again with `force`.", MaxBytes = int.MaxValue,
    };

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

        var result = StrictJson.Read(ResultPath(folder), PruningJson.Default.PruneResult, Rules);
        RunKey.RequireSame(RunKey.Of(result.Options, result.Calibration, result.ModelFingerprint), key, folder.Target);
        return result with { WasComplete = true, ResumedBlocks = result.Blocks.Count };
    }

    private static string ResultPath(OutputFolder folder) => Path.Combine(folder.Target, PruneResult.FileName);
}
