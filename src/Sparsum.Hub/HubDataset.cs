using System.Text.RegularExpressions;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>What a data set is wanted for; one name has other files for other uses.</summary>
public enum DataUse
{
    /// <summary>A text to measure perplexity on.</summary>
    Perplexity,

    /// <summary>A text to calibrate with.</summary>
    Calibration,

    /// <summary>Training and development set of a task of GLUE.</summary>
    Glue,

    /// <summary>The questions of a zero-shot task.</summary>
    ZeroShot,
}

/// <summary>A data set of the hub under the name by which the field knows it.</summary>
/// <param name="Use">What for.</param>
/// <param name="Name">Its name.</param>
/// <param name="Repository">Where it lies.</param>
/// <param name="Files">Its files at <c>main</c>; <c>*</c> stands for anything within a name, and each gives exactly one file.</param>
public sealed record HubDataset(DataUse Use, string Name, string Repository, IReadOnlyList<string> Files)
{
    /// <summary>Where the hub keeps data sets that it has turned into Parquet itself.</summary>
    public const string ConvertedRevision = "refs/convert/parquet";

    /// <summary>
    /// The files at <see cref="ConvertedRevision"/>, in the same order: there where a repository itself holds a program instead of data, or data in
    /// another layout. None where they are always at <c>main</c>.
    /// </summary>
    public IReadOnlyList<string> Converted { get; init; } = [];

    /// <summary>The files in the cache or, if they are not there, from the hub.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="progress">Told of the bytes that come.</param>
    /// <param name="cancellationToken">Stops; what has come stays.</param>
    /// <returns>The snapshot with the files in the order of <see cref="Files"/>.</returns>
    /// <exception cref="InvalidInputException">
    /// The data set is not there, or not in the cache and the network is not to be used; see <see cref="HubSession.PullAsync"/>.
    /// </exception>
    /// <exception cref="RunFailedException">It could not be fetched; see <see cref="HubSession.PullAsync"/>.</exception>
    public async Task<HubSnapshot> OpenAsync(HubSession hub, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(hub);
        var reference = HubReference.Parse(Repository) with { IsDataset = true };
        var places = new[] { (Reference: reference, Patterns: Files), (Reference: reference.At(ConvertedRevision), Patterns: Converted) }
            .Where(place => place.Patterns.Count > 0)
            .ToArray();

        // Both places in the cache come before either at the hub.
        foreach (bool isLocal in new[] { true, false })
        {
            foreach (var (place, patterns) in places)
            {
                var found = await hub.OpenFilesAsync(place, names => Choose(patterns, names), isLocal, progress, cancellationToken).ConfigureAwait(false);
                if (found is not null)
                {
                    return found;
                }
            }
        }

        throw new InvalidInputException("unknown-hub-file", $"The data set '{Repository}' does not hold the files of {Name}.")
        {
            Expected = string.Join(", ", Files.Concat(Converted.Select(file => $"{file} at {ConvertedRevision}"))),
            Hint = "Fetch the file by hand and give its path.",
        };
    }

    /// <summary>The file of each pattern; null where one has none or several.</summary>
    private static string[]? Choose(IReadOnlyList<string> patterns, IReadOnlyList<string> names)
    {
        string[][] found = [.. patterns.Select(pattern => names.Where(name => IsMatch(pattern, name)).ToArray())];
        return found.All(files => files.Length == 1) ? [.. found.Select(files => files[0])] : null;
    }

    private static bool IsMatch(string pattern, string name) =>
        Regex.IsMatch(name, $"^{Regex.Escape(pattern).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant);
}

/// <summary>The data sets that are known by name: those that the code behind the papers loads.</summary>
public static class HubDatasets
{
    private const string Glue = "nyu-mll/glue";

    /// <summary>The table.</summary>
    public static IReadOnlyList<HubDataset> All { get; } =
    [
        Parquet(DataUse.Perplexity, "wikitext2", "Salesforce/wikitext", "wikitext-2-raw-v1", "test"),
        Parquet(DataUse.Calibration, "wikitext2", "Salesforce/wikitext", "wikitext-2-raw-v1", "train"),
        Parquet(DataUse.Perplexity, "ptb", "ptb-text-only/ptb_text_only", "penn_treebank", "test"),
        Parquet(DataUse.Calibration, "ptb", "ptb-text-only/ptb_text_only", "penn_treebank", "train"),
        new(DataUse.Perplexity, "c4", "allenai/c4", ["en/c4-validation.00000-of-00008.json.gz"]),
        new(DataUse.Calibration, "c4", "allenai/c4", ["en/c4-train.00000-of-01024.json.gz"]),
        .. new[] { "cola", "sst2", "mrpc", "stsb", "qqp", "qnli", "rte", "wnli" }.Select(task => Parquet(DataUse.Glue, task, Glue, task, "train", "validation")),
        Parquet(DataUse.Glue, "mnli", Glue, "mnli", "train", "validation_matched", "validation_mismatched"),
        Parquet(DataUse.ZeroShot, "rte", Glue, "rte", "validation"),
        Parquet(DataUse.ZeroShot, "winogrande", "allenai/winogrande", "winogrande_xl", "validation"),
        Parquet(DataUse.ZeroShot, "boolq", "aps/super_glue", "boolq", "validation"),
        Parquet(DataUse.ZeroShot, "hellaswag", "Rowan/hellaswag", "default", "validation"),
        Parquet(DataUse.ZeroShot, "arc_easy", "allenai/ai2_arc", "ARC-Easy", "test"),
        Parquet(DataUse.ZeroShot, "arc_challenge", "allenai/ai2_arc", "ARC-Challenge", "test"),
        Parquet(DataUse.ZeroShot, "openbookqa", "allenai/openbookqa", "main", "test"),
        Parquet(DataUse.ZeroShot, "piqa", "ybisk/piqa", "plain_text", "validation"),
        Parquet(DataUse.ZeroShot, "lambada_openai", "EleutherAI/lambada_openai", "default", "test"),
    ];

    /// <summary>The data set of a name; null where there is none.</summary>
    /// <param name="use">What for.</param>
    /// <param name="name">The name, as it stands in the table.</param>
    public static HubDataset? Find(DataUse use, string name) =>
        All.FirstOrDefault(set => set.Use == use && set.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    // Repositories name the files of a configuration after its folder or, where it is the only one, put them into "data".
    private static HubDataset Parquet(DataUse use, string name, string repository, string configuration, params string[] splits) => new(
        use, name, repository, [.. splits.Select(split => $"{(configuration == "default" ? "data" : configuration)}/{split}-*.parquet")])
    {
        Converted = [.. splits.Select(split => $"{configuration}/{split}/*.parquet")],
    };
}
