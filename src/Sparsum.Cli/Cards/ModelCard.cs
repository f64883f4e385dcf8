using System.Text;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Cards;

/// <summary>
/// The <c>README.md</c> of an output, as hubs show it: a head in YAML, what was done to which model, and the commands that do it again. The same
/// run writes the same card. The card of the model that went in stays beside it.
/// </summary>
internal sealed record ModelCard
{
    /// <summary>The name of the card.</summary>
    public const string FileName = "README.md";

    /// <summary>The name under which the base model's own card is kept.</summary>
    public const string BaseFileName = "BASE_MODEL_CARD.md";

    /// <summary>The name of the model that went in, for people; null where there was none.</summary>
    public string? BaseName { get; init; }

    /// <summary>The repository of the model that went in; null where it does not come from a hub.</summary>
    public string? BaseRepository { get; init; }

    /// <summary>What was done, as a word behind the name: <c>pruned</c>.</summary>
    public required string Done { get; init; }

    /// <summary>What the model is for now, in the words of the hub; null leaves it to the base model's card, or to its head.</summary>
    public string? Pipeline { get; init; }

    /// <summary>Whether the run gave the model another task than the base model's card speaks of.</summary>
    public bool HasNewTask { get; init; }

    /// <summary>The tags beside those that every output has.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What is to be known, as pairs of name and value; those without a value are left out.</summary>
    public required IReadOnlyList<(string Name, string? Value)> Facts { get; init; }

    /// <summary>The quality and what it was measured on; null where it was not.</summary>
    public string? Quality { get; init; }

    /// <summary>The command that does it again.</summary>
    public required string Command { get; init; }

    /// <summary>The card of a run that makes one model from another.</summary>
    /// <param name="context">The run.</param>
    /// <param name="model">The path of the model that goes in.</param>
    /// <param name="done">What is done, as a word behind the name.</param>
    /// <param name="facts">What is to be known.</param>
    public static ModelCard Of(RunContext context, string model, string done, params IReadOnlyList<(string Name, string? Value)> facts) => new()
    {
        BaseName = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(context.Hub.NameOf(model)!))),
        BaseRepository = context.Hub.RepositoryOf(model),
        Done = done,
        Facts = facts,
        Command = CardCommand.Of(context),
    };

    /// <summary>Copies the cards of a model into an output that gets nothing else of the model's folder.</summary>
    public static void CopyOf(string model, string folder)
    {
        if (Directory.Exists(model))
        {
            CompanionFiles.Copy(model, folder, name => name is FileName or BaseFileName);
        }
    }

    /// <summary>Writes the card into a folder that has all else, the copied card of the base model included.</summary>
    /// <returns>What of the base model's card could not be read; null for nothing.</returns>
    public string? Write(string folder)
    {
        string file = Path.Combine(folder, FileName);
        string kept = Path.Combine(folder, BaseFileName);
        string before = File.Exists(file) && new FileInfo(file).Length <= BaseCard.LargestBytes ? File.ReadAllText(file) : "";
        bool isOurs = CardText.IsOurs(before);
        if (File.Exists(file) && !isOurs)
        {
            File.Move(file, kept, overwrite: true);
        }

        var (original, fault) = BaseCard.Read(File.Exists(kept) ? kept : null);
        var earlier = isOurs ? BaseCard.Parse(before, file).Card : new BaseCard();
        string[] steps = isOurs ? [.. CardText.Steps(before).Where(step => step != Command)] : [];
        AtomicFile.WriteAllText(file, Format(folder, original, earlier, steps));
        return fault;
    }

    private static string WeightsOf(string folder) => Directory.EnumerateFiles(folder).Select(Path.GetExtension) switch
    {
        var extensions when extensions.Contains(".gguf") => "gguf",
        var extensions when extensions.Contains(".onnx") => "onnx",
        var extensions when extensions.Contains(".sparsum") => "sparsum",
        _ => "safetensors",
    };

    /// <summary>What its head says that a model is for; null where that could be several things, or nothing of ours can be opened.</summary>
    private static string? PipelineOf(string folder, string weights)
    {
        if (weights == "onnx")
        {
            return null;
        }

        using var opened = PretrainedModel.Open(folder);
        return opened.Task switch
        {
            ModelTask.CausalLanguageModeling => "text-generation",
            ModelTask.MaskedLanguageModeling => "fill-mask",
            ModelTask.SequenceClassification => "text-classification",
            _ => null,
        };
    }

    private string Format(string folder, BaseCard original, BaseCard earlier, string[] steps)
    {
        string weights = WeightsOf(folder);
        bool hasOriginal = File.Exists(Path.Combine(folder, BaseFileName));
        string? repository = BaseRepository ?? earlier.BaseModel;
        var head = new YamlHead()
            .Add("base_model", repository)
            .Add("language", original.Language)
            .Add("library_name", weights == "sparsum" ? "sparsum" : weights is "gguf" or "onnx" ? null : original.LibraryName ?? "transformers")
            .Add("license", original.License)
            .Add("license_name", original.LicenseName)
            .Add("license_link", original.LicenseLink)
            .Add("pipeline_tag", Pipeline ?? (HasNewTask ? null : original.PipelineTag ?? earlier.PipelineTag) ?? PipelineOf(folder, weights))
            .Add("tags", [.. ((string[])["sparsum", .. earlier.Tags, .. weights is "gguf" or "onnx" ? [weights] : Array.Empty<string>(), .. Tags]).Distinct()]);
        var text = new StringBuilder(head.ToString());
        text.Append($"\n{CardText.Mark}\n\n# {CardText.Line(BaseName is null ? $"A model, {Done}" : $"{BaseName}, {Done}")}\n\n");
        text.Append($"Made by Sparsum {SparsumCommand.Version}.");
        text.Append(hasOriginal ? $" What the base model is, and what it may be used for, stands in [{BaseFileName}]({BaseFileName}).\n\n" : "\n\n");
        text.Append("| | |\n| --- | --- |\n");
        foreach (var (name, value) in (IEnumerable<(string, string?)>)[("base model", repository ?? BaseName), .. Facts, ("quality", Quality ?? "not measured in this run")])
        {
            text.Append(value is null ? "" : $"| {name} | {CardText.Cell(value)} |\n");
        }

        return text.Append(CardText.Repeat([.. steps, Command])).ToString();
    }
}
