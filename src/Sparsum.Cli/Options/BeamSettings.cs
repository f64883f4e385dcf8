using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Transformers.Generation;

namespace Sparsum.Cli.Options;

/// <summary>How texts are searched for: options of the command line over a file of settings over the model's own defaults.</summary>
internal sealed class BeamSettings
{
    private readonly Option<int?> numBeams = OptionFactory.OptionalInteger("--num-beams", "N", "Search with N beams; 1 for none.", 1);

    private readonly Option<double?> lengthPenalty = OptionFactory.OptionalNumber(
        "--length-penalty", "X", "With beams: divide by the length to this power; above 0 favours long texts.", "a finite number", double.IsFinite);

    private readonly Option<int?> noRepeatNgramSize = OptionFactory.OptionalInteger(
        "--no-repeat-ngram-size", "N", "Let no run of N tokens come twice; 0 allows all.", 0);

    private readonly Option<string?> earlyStopping = OptionFactory.Text(
        "--early-stopping", "true|false|never", "With beams: stop once as many texts as beams have ended, when better ones are unlikely, or when none can come.");

    private readonly Option<string?> file = OptionFactory.Text(
        "--generation-config", "FILE", "Settings in a JSON object, under the names of generation_config.json.");

    /// <summary>The options, for the verb to add.</summary>
    public IEnumerable<Option> All => [numBeams, lengthPenalty, noRepeatNgramSize, earlyStopping, file];

    /// <summary>Whether a file of settings is given.</summary>
    public bool HasFile(RunContext context) => context.Get(file) is not null;

    /// <summary>The settings of the file, or those of the model's folder, which do not make a run sample.</summary>
    public GenerationConfig Open(RunContext context, string folder) => context.Get(file) is { } path
        ? GenerationConfig.Open(folder, path)
        : GenerationConfig.Open(folder) with { DoSample = null };

    /// <summary>The settings with what the command line says.</summary>
    /// <exception cref="InvalidInputException">An option has no effect, or contradicts another.</exception>
    public GenerationOptions Apply(RunContext context, GenerationOptions options)
    {
        options = options with
        {
            NumBeams = context.Get(numBeams) ?? options.NumBeams,
            LengthPenalty = context.Get(lengthPenalty) ?? options.LengthPenalty,
            NoRepeatNgramSize = context.Get(noRepeatNgramSize) ?? options.NoRepeatNgramSize,
            EarlyStopping = Stopping(context) ?? options.EarlyStopping,
        };
        if (options.NumBeams == 1 && (context.IsGiven(lengthPenalty) || context.IsGiven(earlyStopping)))
        {
            string name = context.IsGiven(lengthPenalty) ? "--length-penalty" : "--early-stopping";
            throw Conflict(name, $"{name} without beams", "Ask for beams with --num-beams.");
        }

        if (options.NumReturnSequences > options.NumBeams)
        {
            throw Conflict(
                "--num-beams", $"num_return_sequences {options.NumReturnSequences} of {options.NumBeams} beams", "Ask for as many beams at least.");
        }

        return options;
    }

    /// <summary>Warns of settings of a file that do nothing.</summary>
    public void WarnOfIdle(RunContext context, GenerationConfig config, GenerationOptions options)
    {
        if (HasFile(context) && options.NumBeams == 1 && (config.LengthPenalty is not (null or 1) || config.EarlyStopping is not (null or EarlyStopping.Heuristic)))
        {
            context.Warn("length_penalty and early_stopping have no effect without beams");
        }
    }

    /// <summary>The error for settings that do not go together.</summary>
    public static InvalidInputException Conflict(string name, string found, string hint) =>
        new("conflicting-options", "The generation settings do not go together.") { File = name, Found = found, Hint = hint };

    private EarlyStopping? Stopping(RunContext context) => context.Get(earlyStopping) switch
    {
        null => null,
        "true" => EarlyStopping.Immediate,
        "false" => EarlyStopping.Heuristic,
        "never" => EarlyStopping.Never,
        var other => throw OptionFactory.Invalid("--early-stopping", other, "true, false or never"),
    };
}
