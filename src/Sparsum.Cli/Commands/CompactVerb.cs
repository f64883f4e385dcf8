using System.CommandLine;
using Sparsum.Cli.Cards;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Running;
using Sparsum.Cli.Verdicts;
using Sparsum.Pruning.Compaction;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Cli.Commands;

/// <summary><c>compact MODEL -o OUT</c>: turns zeros into a smaller model.</summary>
internal sealed class CompactVerb : Verb
{
    private const long BytesPerMegabyte = 1_000_000;

    private static readonly string[] Formats = [.. Enum.GetNames<CompactionFormat>().Select(name => name.ToLowerInvariant())];

    private readonly ModelArgument model = new();

    private readonly Option<string?> output = OptionFactory.Output("OUT", "The folder of the compacted model.");

    private readonly Option<string> format = OptionFactory.Choice(
        "--format",
        "Zeros at full size (dense), dead heads, neurons and features removed (shrunk), or sparse matrices stored sparse too (compact).",
        Formats[^1],
        Formats);

    private readonly Option<bool> uniform = OptionFactory.Flag(
        "--uniform", "With --format shrunk: the same sizes in every block, so that other libraries open the model.");

    private readonly Option<int> roundTo = OptionFactory.Integer(
        "--round-to", "N", "Make intermediate widths multiples of N by keeping dead neurons as zeros.", 1, 1);

    private readonly Option<int> shardSize = OptionFactory.Integer(
        "--shard-size", "MB", "Largest file of the output in millions of bytes.", (int)(ShardPlan.DefaultShardBytes / BytesPerMegabyte), 1);

    private readonly Option<string> dtype = SavedTypeOption.Create("the type that each has");

    private readonly Option<string> verdict = VerdictRequest.CreateOption();

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace what is in OUT.");

    public CompactVerb()
        : base("compact", "Turn zeros into a smaller model that computes the same.")
    {
        Add(model);
        foreach (var option in new Option[] { output, format, uniform, roundTo, shardSize, dtype, verdict, force })
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        string target = context.Get(output)!;
        var options = new CompactionOptions
        {
            Format = Enum.Parse<CompactionFormat>(context.Get(format), ignoreCase: true),
            IsUniform = context.Get(uniform),
            RoundTo = context.Get(roundTo),
            ShardBytes = context.Get(shardSize) * BytesPerMegabyte,
        };
        context.WarnOf(folder);
        var progress = new DirectProgress<CompactionProgress>(state => context.Progress.Report(
            $"{(state.IsWriting ? "writing" : "reading")} block {state.Block}",
            ((state.IsWriting ? 1 : 0) + ((double)state.Block / state.Blocks)) / 2));
        VerbResult? described = null;
        Compactor.Run(
            folder,
            target,
            options,
            context.Get(force),
            (path, result) =>
            {
                var rounding = SavedTypeOption.Apply(context, dtype, path);
                context.Keep(described = SavedTypeOption.AddTo(Describe(context, result), rounding), path);
            },
            progress,
            context.CancellationToken);
        return described! with { Verdict = VerdictRequest.IsWanted(context, verdict) ? Judged(context, folder) : null };
    }

    private VerdictRequest Judged(RunContext context, string folder) => new()
    {
        Output = context.Get(output)!,
        Before = folder,
        BeforeName = context.Hub.NameOf(folder)!,
        HeldOutSource = "compaction changes outputs by rounding alone, and no text is at hand",
        IsCompacted = true,
    };

    private VerbResult Describe(RunContext context, CompactionResult result)
    {
        string target = context.Get(output)!;
        foreach (string remark in result.Remarks)
        {
            context.Warn(remark);
        }

        return new VerbResult
        {
            Model = context.Get(model),
            Results = CompactionRecord.Create(result, target),
            Card = ModelCard.Of(context, context.Get(model), "compacted", [("method", $"zeros taken out, format {context.Get(format)}"), .. CompactionRecord.Facts(result)]) with
            {
                Tags = ["compacted"],
                Quality = "not measured: what the model computes changes by rounding alone",
            },
            Render = console => CompactionRecord.Render(console, result, target),
        };
    }
}
