using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>bench MODEL</c>: size, memory, latency and throughput, against a baseline in one interleaved run.</summary>
internal sealed class BenchVerb : Verb
{
    private const int UsualLength = 128;

    private readonly ModelArgument model = new();

    private readonly Option<string?> baseline = OptionFactory.Text("--baseline", "MODEL2", "Measure this model too, in turns with the first.");

    private readonly Option<int> batch = OptionFactory.Integer("--batch", "N", "Sequences per pass.", 1, 1);

    private readonly Option<int?> length = OptionFactory.OptionalInteger(
        "--length", "N", $"Tokens per sequence; by default {UsualLength}, or what the models' positions cover if that is less.", 1);

    private readonly Option<int> runs = OptionFactory.Integer("--runs", "N", "Timed passes of each model.", 10, 1);

    private readonly Option<string> storage = StorageOption.Create();

    private readonly Option<string> cache = StorageOption.CreateCache();

    public BenchVerb()
        : base("bench", "Measure size, memory, latency and throughput.")
    {
        Add(model);
        Add(baseline);
        Add(batch);
        Add(length);
        Add(runs);
        Add(storage);
        Add(cache);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        string? other = context.Get(baseline) is { } named ? context.Hub.Model(named) : null;
        string[] folders = other is null ? [folder] : [other, folder];
        var models = new List<PretrainedModel>();
        try
        {
            foreach (string path in folders)
            {
                models.Add(PretrainedModel.Open(path));
                context.WarnOf(models[^1]);
            }

            if (!models.All(Generates))
            {
                context.RefuseIdle("where a model does not generate", null, cache);
            }

            int tokens = context.Get(length) ?? LengthFor(context, models);
            return CreateResult(context, folder, other, tokens, Measure(context, folders, models, tokens));
        }
        finally
        {
            models.ForEach(opened => opened.Dispose());
        }
    }

    private static bool Generates(PretrainedModel opened) => opened.Model is CausalLanguageModel;

    /// <summary>What every model covers, the steps of decoding included.</summary>
    private int LengthFor(RunContext context, List<PretrainedModel> models)
    {
        var steps = new LatencyOptions { Kind = LatencyKind.Decode, Runs = context.Get(runs) };
        bool generates = models.All(Generates);
        int longest = models.Min(opened => opened.Model.MaxPositions) - (generates ? steps.Steps : 0);
        if (longest is < UsualLength and >= 1)
        {
            context.Tell($"{length.Name} is {longest}: the models' positions cover no more.");
        }

        // Where not even one token is left, the check of the options says why.
        return Math.Clamp(longest, 1, UsualLength);
    }

    private List<BenchItem> Measure(RunContext context, string[] folders, List<PretrainedModel> models, int tokens)
    {
        using var backend = context.CreateBackend();
        foreach (var opened in models)
        {
            context.Progress.Report("loading the model");
            opened.LoadPacked(backend, StorageOption.Read(context, storage));
        }

        var subjects = folders.Zip(models, (path, opened) => new LatencySubject(path, BenchTimer.Timed(opened))).ToList();
        bool generates = subjects.All(subject => subject.Model is CausalLanguageModel);
        var timer = new BenchTimer(context, backend, subjects)
        {
            Batch = context.Get(batch),
            Length = tokens,
            Cache = StorageOption.Read(context, cache),
        };
        var prefill = timer.Time(LatencyKind.Prefill, context.Get(runs), 0, context.CancellationToken);
        var decode = generates ? timer.Time(LatencyKind.Decode, context.Get(runs), 0.5, context.CancellationToken) : null;
        long[] peaks = folders.Length == 1
            ? [PeakMemory.Read()]
            : [.. folders.Select(path => MemoryProbe.Measure(path, ProbeOptions(context, tokens), context.CancellationToken))];
        return [.. folders.Select((path, i) => new BenchItem(context.Hub.NameOf(path)!, FolderSize.Measure(path), peaks[i], prefill[i], decode?[i])
        {
            Storages = models[i].Model.Linears.CountBy(linear => linear.PackedStorage!.Value).OrderBy(count => count.Key).ToDictionary(),
        })];
    }

    private string[] ProbeOptions(RunContext context, int tokens) =>
    [
        batch.Name, $"{context.Get(batch)}", length.Name, $"{tokens}", storage.Name, context.Get(storage),
        "--threads", $"{context.Threads}", .. context.PrecisionArguments, .. context.IsGiven(cache) ? new[] { cache.Name, context.Get(cache) } : [],
    ];

    private VerbResult CreateResult(RunContext context, string folder, string? other, int tokens, List<BenchItem> items) => new()
    {
        Model = folder,
        EffectiveOptions = new JsonObject { ["length"] = tokens },
        Results = new JsonObject
        {
            ["processor"] = Processor.Name,
            ["threadsUsed"] = context.ThreadsInUse,
            ["baseline"] = context.Hub.NameOf(other),
            ["items"] = JsonText.Array(items, item => item.ToJson(other is not null)),
        },
        Render = console =>
        {
            console.WriteFacts(
                ("processor", Processor.Name), ("threads", $"{context.ThreadsInUse}"), ("weights", context.Get(storage)),
                ("passes", $"{context.Get(runs)} of {context.Get(batch)} × {tokens} tokens"));
            BenchTables.Render(console, items, other is not null);
        },
    };
}
