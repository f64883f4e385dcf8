using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Transformers.Generation;

namespace Sparsum.Cli.Options;

/// <summary>The options of the tasks whose examples are two texts, in training and in measuring.</summary>
internal sealed class PairOptions
{
    private readonly Option<string?> sourceLanguage = OptionFactory.Text(
        "--source-language", "CODE", "translation: the language that is read, as the files or their keys name it (de).");

    private readonly Option<string?> targetLanguage = OptionFactory.Text("--target-language", "CODE", "translation: the language that is written.");

    private readonly Option<string?> sourceColumn = OptionFactory.Text(
        "--source-column", "NAME", "summarization: the column or field of what is read; by default article.");

    private readonly Option<string?> targetColumn = OptionFactory.Text(
        "--target-column", "NAME", "summarization: the column or field of what is written; by default highlights.");

    private readonly Option<string?> prefix = OptionFactory.Text(
        "--prefix", "TEXT", "summarization, translation: what stands in front of every source; by default the task in words for T5, else nothing.");

    private readonly Option<int?> maxTargetLength = OptionFactory.OptionalInteger(
        "--max-target-length", "N", "summarization, translation: most tokens of what is written; by default 128.", 2);

    private readonly BeamSettings beams = new();

    /// <summary>The options, for the verb to add.</summary>
    public IReadOnlyList<Option> All =>
        [sourceLanguage, targetLanguage, sourceColumn, targetColumn, prefix, maxTargetLength, .. beams.All];

    /// <summary>The task of a name; null where it is another kind of task.</summary>
    /// <exception cref="InvalidInputException">A language is missing, or an option belongs to another task.</exception>
    public TextPairTask? Find(RunContext context, string name)
    {
        Option[] idle = name switch
        {
            "summarization" => [sourceLanguage, targetLanguage],
            "translation" => [sourceColumn, targetColumn],
            _ => [.. All],
        };
        if (idle.FirstOrDefault(context.IsGiven) is { } option)
        {
            throw new InvalidInputException("unused-option", $"{option.Name} would have no effect on the task '{name}'.")
            {
                File = option.Name,
                Found = $"{option.Name} with {name}",
                Hint = "Leave it out, or choose another task.",
            };
        }

        return name switch
        {
            "summarization" => TextPairTask.Summarization(context.Get(sourceColumn) ?? "article", context.Get(targetColumn) ?? "highlights"),
            "translation" => TextPairTask.Translation(
                context.Get(sourceLanguage) ?? throw TaskOptions.Missing(sourceLanguage, "The language that is read is not named."),
                context.Get(targetLanguage) ?? throw TaskOptions.Missing(targetLanguage, "The language that is written is not named.")),
            _ => null,
        };
    }

    /// <summary>What stands in front of sources; null for what is usual.</summary>
    public string? Prefix(RunContext context) => context.Get(prefix);

    /// <summary>Most tokens of what is written; null for what is usual.</summary>
    public int? MaxTargetLength(RunContext context) => context.Get(maxTargetLength);

    /// <summary>How texts are written, but for their length.</summary>
    /// <exception cref="InvalidInputException">A setting is wrong, has no effect, or contradicts another.</exception>
    public GenerationOptions Generation(RunContext context, string folder)
    {
        var config = beams.Open(context, folder);
        var options = beams.Apply(context, config.ToOptions((ulong)context.Seed));
        beams.WarnOfIdle(context, config, options);
        return options;
    }
}
