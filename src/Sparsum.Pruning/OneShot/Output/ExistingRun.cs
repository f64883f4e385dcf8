using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Looks at what earlier runs left and decides whether a run may start.</summary>
internal static class ExistingRun
{
    /// <summary>The journal to continue from; null to start from the beginning, or because the run is finished.</summary>
    /// <exception cref="InvalidInputException">There is an output or an unfinished run that the caller did not speak of.</exception>
    public static RunJournal? Examine(OutputFolder folder, ExistingOutput existing)
    {
        // Without the model part the run was published and only its work folder is left over.
        var journal = Directory.Exists(folder.Model) && existing != ExistingOutput.Replace ? RunJournal.Read(folder.Journal) : null;
        switch (existing)
        {
            case ExistingOutput.Refuse when folder.HasContent:
            case ExistingOutput.Resume when folder.HasContent && !(journal?.ReplacesOutput ?? HasResult(folder)):
                throw Refused(folder.Target, "output-exists", $"The output folder '{folder.Target}' is not empty.",
                    "Choose another -o, or replace the model in it with --force.");
            case ExistingOutput.Refuse when journal is not null:
                throw Refused(folder.Work, "unfinished-run",
                    $"An unfinished run is in '{folder.Work}': {journal.Blocks.Count} blocks are done.",
                    "Continue it with --resume, or start again with --force.");
            case ExistingOutput.Replace when folder.HasContent && !folder.HoldsModel:
                throw Refused(folder.Target, "output-not-a-model", $"The output folder '{folder.Target}' holds something other than a model.",
                    "Choose another -o, or empty the folder yourself; --force replaces models only.");
            default:
                return journal;
        }
    }

    /// <summary>The result of the finished run in the output folder; null when there is none.</summary>
    /// <exception cref="InvalidInputException">It was another run.</exception>
    public static PruneResult? Finished(OutputFolder folder, SortedDictionary<string, string> key)
    {
        if (!HasResult(folder))
        {
            return null;
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
                Hint = "Start again with --force.",
            };
        }

        RunKey.RequireSame(RunKey.Of(result.Options, result.Calibration, result.ModelFingerprint), key, folder.Target);
        return result with { WasComplete = true, ResumedBlocks = result.Blocks.Count };
    }

    private static bool HasResult(OutputFolder folder) => File.Exists(ResultPath(folder));

    private static string ResultPath(OutputFolder folder) => Path.Combine(folder.Target, BlockwisePruner.ResultFileName);

    private static InvalidInputException Refused(string path, string code, string message, string hint) =>
        new(code, message) { File = path, Hint = hint };
}
