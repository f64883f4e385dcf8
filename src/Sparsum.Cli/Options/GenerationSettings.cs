using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Transformers.Generation;

namespace Sparsum.Cli.Options;

/// <summary>How <c>generate</c> chooses tokens: options of the command line over a file of settings over the model's own defaults.</summary>
internal sealed class GenerationSettings
{
    private readonly Option<int> maxNewTokens = OptionFactory.Integer("--max-new-tokens", "N", "Most tokens to add.", 64, 1);

    private readonly Option<double> temperature = OptionFactory.Number(
        "--temperature", "T", "Sample at this temperature; 0 takes the likeliest token each time.", 0, "a number of at least 0", value => value >= 0 && double.IsFinite(value));

    private readonly Option<int> topK = OptionFactory.Integer("--top-k", "K", "Sample among the K likeliest tokens; 0 means all.", 0, 0);

    private readonly Option<double> topP = OptionFactory.Number(
        "--top-p", "P", "Sample among the likeliest tokens that together have this probability.", 1, "a number in (0, 1]", value => value is > 0 and <= 1);

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
    public IEnumerable<Option> All =>
        [maxNewTokens, temperature, topK, topP, numBeams, lengthPenalty, noRepeatNgramSize, earlyStopping, file];

    /// <summary>The settings of a run.</summary>
    /// <exception cref="InvalidInputException">A setting is wrong, has no effect, or contradicts another.</exception>
    public GenerationOptions Read(RunContext context, string folder)
    {
        string? path = context.Get(file);
        var config = path is null ? GenerationConfig.Open(folder) with { DoSample = null } : GenerationConfig.Open(folder, path);
        bool sizesItself = path is not null && (config.MaxLength ?? config.MaxNewTokens) is not null && !context.IsGiven(maxNewTokens);
        var options = config.ToOptions((ulong)context.Seed);
        options = options with
        {
            MaxNewTokens = sizesItself ? options.MaxNewTokens : context.Get(maxNewTokens),
            MaxLength = sizesItself ? options.MaxLength : null,
            NumBeams = context.Get(numBeams) ?? options.NumBeams,
            LengthPenalty = context.Get(lengthPenalty) ?? options.LengthPenalty,
            NoRepeatNgramSize = context.Get(noRepeatNgramSize) ?? options.NoRepeatNgramSize,
            EarlyStopping = Stopping(context) ?? options.EarlyStopping,
            Sampling = Sampling(context, options),
        };
        Check(context, options);
        if (path is not null && options.NumBeams == 1 && (config.LengthPenalty is not (null or 1) || config.EarlyStopping is not (null or EarlyStopping.Heuristic)))
        {
            context.Warn("length_penalty and early_stopping have no effect without beams");
        }

        return options;
    }

    private SamplingOptions? Sampling(RunContext context, GenerationOptions options)
    {
        bool isAsked = context.IsGiven(temperature);
        if (isAsked ? context.Get(temperature) == 0 : options.Sampling is null)
        {
            return null;
        }

        var sampling = options.Sampling ?? new SamplingOptions { Seed = (ulong)context.Seed };
        return sampling with
        {
            Temperature = isAsked ? context.Get(temperature) : sampling.Temperature,
            TopK = context.IsGiven(topK) ? context.Get(topK) : sampling.TopK,
            TopP = context.IsGiven(topP) ? context.Get(topP) : sampling.TopP,
        };
    }

    private EarlyStopping? Stopping(RunContext context) => context.Get(earlyStopping) switch
    {
        null => null,
        "true" => EarlyStopping.Immediate,
        "false" => EarlyStopping.Heuristic,
        "never" => EarlyStopping.Never,
        var other => throw OptionFactory.Invalid("--early-stopping", other, "true, false or never"),
    };

    private void Check(RunContext context, GenerationOptions options)
    {
        if (options.NumBeams == 1 && (context.IsGiven(lengthPenalty) || context.IsGiven(earlyStopping)))
        {
            string name = context.IsGiven(lengthPenalty) ? "--length-penalty" : "--early-stopping";
            throw Conflict(name, $"{name} without beams", "Ask for beams with --num-beams.");
        }

        if (options.Sampling is null && (context.IsGiven(topK) || context.IsGiven(topP)))
        {
            string name = context.IsGiven(topK) ? "--top-k" : "--top-p";
            throw Conflict(name, $"{name} without sampling", "Sample with --temperature above 0.");
        }

        if (options.NumBeams > 1 && options.Sampling is not null)
        {
            throw Conflict("--num-beams", $"{options.NumBeams} beams and sampling", "Beams are searched, not sampled: give --num-beams 1 or --temperature 0.");
        }

        if (options.NumReturnSequences > options.NumBeams)
        {
            throw Conflict(
                "--num-beams", $"num_return_sequences {options.NumReturnSequences} of {options.NumBeams} beams", "Ask for as many beams at least.");
        }
    }

    private static InvalidInputException Conflict(string name, string found, string hint) =>
        new("conflicting-options", "The generation settings do not go together.") { File = name, Found = found, Hint = hint };
}
