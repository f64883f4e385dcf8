using System.Text.Json.Nodes;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Hub;

namespace Sparsum.Cli.Inputs;

/// <summary>
/// Names of the hub where paths stand. A path that exists always comes first; where a name is taken for one of the hub, standard error says so.
/// </summary>
internal sealed class HubInputs(RunContext context, bool isOffline)
{
    /// <summary>What stands for the files of a task on the hub.</summary>
    public const string FromHub = "hub";

    private readonly List<(string Text, HubSnapshot Snapshot, string Path)> opened = [];

    /// <summary>A hub, as the environment and the command line name it.</summary>
    /// <param name="endpoint">Its address; null leaves it to the environment.</param>
    public HubSession Connect(string? endpoint = null)
    {
        var options = HubOptions.FromEnvironment();
        return new HubSession(options with
        {
            IsOffline = options.IsOffline || isOffline,
            Endpoint = endpoint is null ? options.Endpoint : HubOptions.ParseEndpoint(endpoint),
        });
    }

    /// <summary>Shows how far a pull is.</summary>
    public IProgress<HubProgress> Progress { get; } = new DirectProgress<HubProgress>(state => context.Progress.Report(
        $"pulling {state.File}, {Units.Bytes(state.BytesDone)} of {Units.Bytes(state.Bytes)}",
        state.Bytes == 0 ? null : (double)state.BytesDone / state.Bytes));

    /// <summary>The model that an argument means.</summary>
    /// <param name="text">A path, or a name of the hub.</param>
    /// <returns>A path. Where it is neither, the text itself: whoever opens it says what is wrong.</returns>
    public string Model(string text)
    {
        if (Known(text) is { } path)
        {
            return path;
        }

        if (Path.Exists(text) || HubReference.TryParse(text) is not { } reference)
        {
            return text;
        }

        using var hub = Connect();
        return Open(text, hub, hub.Find(reference) is not null, () => hub.OpenAsync(reference, Progress, context.CancellationToken), found => found.Path);
    }

    /// <summary>The file of a text that an option means.</summary>
    /// <param name="use">What the text is for.</param>
    /// <param name="text">A path, or the name of a data set.</param>
    /// <returns>A path. Where it is neither, the text itself.</returns>
    public string Text(DataUse use, string text) =>
        FindText(use, text) is { } set ? Dataset(set, text, found => Path.Combine(found.Path, found.Files[0])) : text;

    /// <summary>The data set that a text names; null where it is a path, or none.</summary>
    public static HubDataset? FindText(DataUse use, string text) => Path.Exists(text) ? null : HubDatasets.Find(use, text);

    /// <summary>Whether the files of a task are to come from the hub.</summary>
    public static bool IsFromHub(string data) => data == FromHub && !Path.Exists(data);

    /// <summary>The folder of a task's files on the hub.</summary>
    /// <exception cref="InvalidInputException">The hub has none of it.</exception>
    public string Task(string name) => Dataset(Require(DataUse.Glue, name), $"glue/{name}", found => found.Path);

    /// <summary>The file of a zero-shot task on the hub.</summary>
    /// <exception cref="InvalidInputException">The hub has none of it.</exception>
    public string ZeroShot(string name) => Dataset(Require(DataUse.ZeroShot, name), $"zero-shot/{name}", found => Path.Combine(found.Path, found.Files[0]));

    /// <summary>The name by which the command line called what lies at a path.</summary>
    public string? NameOf(string? path) => opened.FirstOrDefault(input => input.Path == path).Text ?? path;

    /// <summary>The repository of what lies at a path; null where it does not come from the hub.</summary>
    public string? RepositoryOf(string path) => opened.FirstOrDefault(input => input.Path == path).Snapshot?.Reference.Repository;

    /// <summary>What came of the hub, for the document; null where nothing did.</summary>
    public JsonArray? Describe() => opened.Count == 0 ? null : JsonText.Array(opened, input => new JsonObject
    {
        ["name"] = input.Text,
        ["repository"] = input.Snapshot.Reference.Repository,
        ["revision"] = input.Snapshot.Reference.Revision,
        ["commit"] = input.Snapshot.Commit,
        ["path"] = input.Path,
    });

    private static HubDataset Require(DataUse use, string name) => HubDatasets.Find(use, name)
        ?? throw new InvalidInputException("unknown-data-set", $"No files of '{name}' are known on the hub.")
        {
            Option = "data",
            Found = name,
            Expected = string.Join(", ", HubDatasets.All.Where(set => set.Use == use).Select(set => set.Name)),
            Hint = "Give the folder of its files.",
        };

    private string Dataset(HubDataset set, string text, Func<HubSnapshot, string> locate)
    {
        if (Known(text) is { } path)
        {
            return path;
        }

        using var hub = Connect();
        return Open(text, hub, false, () => set.OpenAsync(hub, Progress, context.CancellationToken), locate);
    }

    private string? Known(string text) => opened.FirstOrDefault(input => input.Text == text).Path;

    private string Open(string text, HubSession hub, bool isThere, Func<Task<HubSnapshot>> open, Func<HubSnapshot, string> locate)
    {
        if (!isThere)
        {
            context.Tell(hub.Options.IsOffline
                ? $"'{text}' is no path here: looking for it in {hub.Options.Cache}"
                : $"'{text}' is no path here: asking {hub.Options.Endpoint.Authority} for what {hub.Options.Cache} lacks");
        }

        var found = Run(text, open);
        string path = locate(found);
        context.Tell($"'{text}' is {found.Reference.Repository} at {found.Commit[..12]}, {path}");
        if (found.Unknown.Count > 0)
        {
            context.Warn($"'{text}' was pulled by another program and cannot be compared with the hub now: it may lack {string.Join(", ", found.Unknown)}");
        }

        opened.Add((text, found, path));
        return path;
    }

    // Whoever mistypes a path should not have to guess why a hub comes in.
    private static HubSnapshot Run(string text, Func<Task<HubSnapshot>> open)
    {
        try
        {
            return open().GetAwaiter().GetResult();
        }
        catch (InvalidInputException error) when (error.Code is "unknown-repository" or "not-in-cache")
        {
            throw new InvalidInputException(error.Code, $"There is no file or folder '{text}'. {error.Message}", error)
            {
                File = error.File,
                Found = error.Found,
                Expected = "a path, or a name of the hub",
                Hint = error.Hint,
            };
        }
        catch (RunFailedException error) when (error.Code is "hub-unreachable")
        {
            throw new RunFailedException(error.Code, $"There is no file or folder '{text}'. {error.Message}", error) { Found = error.Found, Hint = error.Hint };
        }
    }
}
