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

    private readonly Option<string> cache = StorageOption.CreateCache();

    private readonly BeamSettings beams = new();

    /// <summary>The options, for the verb to add.</summary>
    public IEnumerable<Option> All => [maxNewTokens, temperature, topK, topP, .. beams.All, cache];

    /// <summary>The settings of a run.</summary>
    /// <exception cref="InvalidInputException">A setting is wrong, has no effect, or contradicts another.</exception>
    public GenerationOptions Read(RunContext context, string folder)
    {
        var config = beams.Open(context, folder);
        bool sizesItself = beams.HasFile(context) && (config.MaxLength ?? config.MaxNewTokens) is not null && !context.IsGiven(maxNewTokens);
        var options = config.ToOptions((ulong)context.Seed);
        options = beams.Apply(context, options with
        {
            MaxNewTokens = sizesItself ? options.MaxNewTokens : context.Get(maxNewTokens),
            MaxLength = sizesItself ? options.MaxLength : null,
            Sampling = Sampling(context, options),
            CacheStorage = StorageOption.Read(context, cache),
        });
        Check(context, options);
        beams.WarnOfIdle(context, config, options);
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

    private void Check(RunContext context, GenerationOptions options)
    {
        if (options.Sampling is null && (context.IsGiven(topK) || context.IsGiven(topP)))
        {
            string name = context.IsGiven(topK) ? "--top-k" : "--top-p";
            throw BeamSettings.Conflict(name, $"{name} without sampling", "Sample with --temperature above 0.");
        }

        if (!options.UseCache && context.IsGiven(cache))
        {
            throw BeamSettings.Conflict(cache.Name, $"{cache.Name} where use_cache is false", $"Leave out {cache.Name}, or let keys and values be kept.");
        }

        if (options.NumBeams > 1 && options.Sampling is not null)
        {
            throw BeamSettings.Conflict(
                "--num-beams", $"{options.NumBeams} beams and sampling", "Beams are searched, not sampled: give --num-beams 1 or --temperature 0.");
        }
    }
}
