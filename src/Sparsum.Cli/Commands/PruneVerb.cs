using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Cards;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Methods;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Cli.Verdicts;
using Sparsum.Core;
using Sparsum.Hub;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>prune MODEL -o OUT</c>: one-shot pruning.</summary>
internal sealed class PruneVerb : Verb
{
    private const long BytesPerMegabyte = 1_000_000;
    private const double BytesPerGigabyte = 1e9;

    /// <summary>The blocks of GGUF's Q4_0.</summary>
    private const int DefaultGroupOfFourBits = 32;

    private readonly ModelArgument model = new();

    private readonly Option<string?> output = OptionFactory.Output("OUT", "The folder of the pruned model.");

    private readonly Option<string?> method = OptionFactory.Text(
        "--method", string.Join('|', PruningCatalog.Methods.Select(entry => entry.Name)), "What decides which weights matter.", "wanda");

    private readonly Option<string?> refine = OptionFactory.Text(
        "--refine", string.Join('|', PruningCatalog.Refinements.Select(entry => entry.Name)), "What changes the method's masks before weights are zeroed.");

    private readonly Option<string?> allocation = OptionFactory.Text(
        "--allocation", string.Join('|', PruningCatalog.Allocations.Select(entry => entry.Name)), "How the sparsity is spread over the layers.", "uniform");

    private readonly Option<string[]> include = OptionFactory.Texts(
        "--include", "PATTERN", "Prune only layers whose name, or whose block's, matches: * is any text, ? a letter. Repeat it for more.");

    private readonly Option<string[]> exclude = OptionFactory.Texts(
        "--exclude", "PATTERN", "Leave layers that match as they are; --sparsity is then that of the others. Repeat it for more.");

    private readonly Option<string?> ratios = OptionFactory.Text(
        "--ratios", "FILE", "Instead of --allocation and --sparsity: a JSON object with a ratio for each layer or block by its name.");

    private readonly Option<double> sparsity = OptionFactory.Number(
        "--sparsity", "S", "Share of the weights to prune.", 0.5, "a number in [0, 1)", value => value is >= 0 and < 1);

    private readonly Option<string?> pattern = OptionFactory.Text(
        "--pattern", "N:M", "Instead of --sparsity: prune N of every M consecutive inputs, e.g. 2:4.");

    private readonly Option<string> rounding = OptionFactory.Choice(
        "--rounding", "How many weights ratios come to: what each allocation published, or as many as uniform prunes, so that allocations can be compared.", "published", "published", "equal");

    private readonly Option<string> granularity = OptionFactory.Choice(
        "--granularity", "Which weights compete: those of a row, or those of the whole layer.", "row", "row", "row-sum", "layer", "layer-kth");

    private readonly Option<int> blockRows = OptionFactory.Integer(
        "--block-rows", "N", "Neighbouring outputs that share their zeros; 4 makes 4x1 blocks.", 1, 1);

    private readonly Option<string> unseenExperts = OptionFactory.Choice(
        "--unseen-experts", "What becomes of experts that no calibration token is sent to.", "dense", "dense", "magnitude");

    private readonly Option<string?> quantize = OptionFactory.Text(
        "--quantize", "int8|int4", "Round the weights that stay to 8 or 4 bits, with sparsegpt in the same sweep, so that later columns make up for it.");

    private readonly Option<int?> groupSize = OptionFactory.OptionalInteger(
        "--group-size", "G", "Neighbouring inputs that share a scale; by default all of a row with int8, and 32 with int4.", 1);

    private readonly Option<string?> calibration = OptionFactory.Text(
        "--calibration", "FILE", "Calibration data: text, JSON lines or Parquet with a field \"text\", or ready input_ids; or a data set of the hub: c4, wikitext2, ptb.");

    private readonly Option<string> calibrationRule = OptionFactory.Choice(
        "--calibration-rule",
        "How sequences are drawn from text: windows of long documents (c4) or of the joined text (stream; wikitext2 and ptb as the papers join their rows), or beginnings of documents (documents). By default stream for plain text; for JSON lines documents if the model has an encoder, c4 if not.",
        "auto",
        ["auto", .. CalibrationRules.ForText]);

    private readonly Option<int?> samples = OptionFactory.OptionalInteger(
        "--samples", "N", "Calibration sequences; by default 128, or all of ready input_ids, of which the first N are taken.", 1);

    private readonly Option<int?> sequenceLength = OptionFactory.OptionalInteger(
        "--sequence-length", "N", "Tokens per calibration sequence, with documents the most of them; by default 2048, or what the model takes if that is less.", 1);

    private readonly Option<int> shardSize = OptionFactory.Integer(
        "--shard-size", "MB", "Largest file of the output in millions of bytes.", (int)(ShardPlan.DefaultShardBytes / BytesPerMegabyte), 1);

    private readonly Option<double?> maxMemory = OptionFactory.OptionalNumber(
        "--max-memory", "GB", "Refuse to start if more memory would be needed; by default what the machine has free.", "a number above 0", value => value > 0);

    private readonly Option<string[]> settings = MethodSettingOption.Create();

    private readonly Option<string> journal = OptionFactory.Choice(
        "--journal", "Keep the hidden states of a search on disk behind every block, to go on from there: block, none, or auto if they fit.", "auto", "auto", "none", "block");

    private readonly Option<bool> compatible = OptionFactory.Flag(
        "--compatible", "Start from the choices of every method's published code instead of the defaults; --set goes on top.");

    private readonly Option<string> dtype = SavedTypeOption.Create("the type that each has");

    private readonly Option<string> verdict = VerdictRequest.CreateOption();

    private readonly Option<string> engine = EngineOption.Create();

    private readonly ExistingOptions existing = new();

    public PruneVerb(CommonOptions common)
        : base("prune", "Prune a model one-shot: no training, one block in memory at a time.")
    {
        Add(model);
        foreach (var option in new Option[]
        {
            output, method, refine, allocation, include, exclude, ratios, sparsity, pattern, rounding, granularity, blockRows, unseenExperts, quantize, groupSize,
            calibration, calibrationRule, samples, sequenceLength, shardSize, dtype, maxMemory, journal, settings, compatible, verdict, engine,
        }.Concat(existing.All))
        {
            Add(option);
        }

        Add(HelpMethodsAction.OfPruning(common));
    }

    public override VerbResult Execute(RunContext context)
    {
        var group = EngineOption.Join(context, engine);
        string folder = context.Get(model);
        string target = context.Get(output)!;
        var options = CreateOptions(context);
        var present = existing.Read(context);
        if (!options.Allocation.KeepsState)
        {
            context.RefuseIdle($"with {allocation.Name} {options.Allocation.Name}, which searches nothing that could be kept", null, journal);
        }

        if (options.Allocation is UniformAllocation)
        {
            context.RefuseIdle($"with {allocation.Name} {options.Allocation.Name}, whose number is the measure", null, rounding);
        }

        context.ResumeHint = "Run the same command with --resume to go on, or with --force to start again.";
        CheckModel(context, folder);
        var progress = new PruneReporter(context);
        using var backend = context.CreateBackend();
        VerbResult? described = null;
        CalibrationSet? calibrated = null;
        var pruner = new BlockwisePruner(backend)
        {
            Group = group,
            Calibrated = set => calibrated = set,
            Completed = (path, done) =>
            {
                var rounding = SavedTypeOption.Apply(context, dtype, path);
                context.Keep(described = SavedTypeOption.AddTo(Describe(context, done, progress), rounding), path);
            },
            MaxMemoryBytes = context.Get(maxMemory) is { } gigabytes ? (long)(gigabytes * BytesPerGigabyte) : null,
            Journal = Enum.Parse<StateJournal>(context.Get(journal), ignoreCase: true),
            Planned = plan => PrunePlanNotice.Tell(context, backend, plan),
        };
        RequireSameType(context, target, present);
        var result = pruner.Run(folder, target, options, present, progress, context.CancellationToken);
        return !group.IsFirst ? VerbResult.OfAnother : described is null ? Describe(context, result, progress) : described with { Verdict = Judged(context, folder, calibrated) };
    }

    /// <summary>Refuses to take a finished run for one whose weights are of another type: the library, which knows of none, would.</summary>
    private void RequireSameType(RunContext context, string target, ExistingOutput present)
    {
        string record = Path.Combine(target, RunFolder.DocumentName);
        if (present == ExistingOutput.Resume && File.Exists(record)
            && StrictJson.ReadNode(record)?["options"]?["dtype"]?.GetValue<string>() is { } before && before != context.Get(dtype))
        {
            throw new InvalidInputException("other-run", "The finished output is that of a run with other options.")
            {
                File = record,
                Found = $"dtype: {before}",
                Expected = $"dtype: {context.Get(dtype)}",
                Hint = "Choose another -o, or start again with --force.",
            };
        }
    }

    private VerdictRequest? Judged(RunContext context, string folder, CalibrationSet? calibrated) => !VerdictRequest.IsWanted(context, verdict) ? null : new VerdictRequest
    {
        Output = context.Get(output)!,
        Before = folder,
        BeforeName = context.Hub.NameOf(folder)!,
        HeldOut = calibrated?.HeldOut ?? [],
        HeldOutSource = calibrated switch
        {
            null => "no text is at hand without calibration",
            { HeldOut.Count: 0 } => "calibration leaves no text, or the model is no causal language model",
            _ => $"what calibration left of {calibrated.Provenance.File}",
        },
        HeldOutSha256 = calibrated?.Provenance.FileSha256 ?? "",
    };

    private VerbResult Describe(RunContext context, PruneResult result, PruneReporter progress)
    {
        string target = context.Get(output)!;
        foreach (string note in PruneNotes.Of(result))
        {
            context.Warn(note);
        }

        return new VerbResult
        {
            Model = context.Get(model),
            EffectiveOptions = new JsonObject
            {
                ["sparsity"] = result.Options.Pattern?.Sparsity ?? result.Options.Sparsity,
                ["calibrationRule"] = result.Calibration?.Rule,
                ["samples"] = result.Calibration?.Samples,
                ["sequenceLength"] = result.Calibration?.SequenceLength,
            },
            Results = PruneRecord.Create(result, target, progress),
            Card = ModelCard.Of(context, context.Get(model), "pruned", [("method", PruneRecord.Method(result)), .. PruneRecord.Facts(result)]) with
            {
                Tags = ["pruned", result.Options.Method],
            },
            Render = console => PruneRecord.Render(console, result, target),
        };
    }

    private PruneOptions CreateOptions(RunContext context)
    {
        string? groups = context.Get(pattern);
        if (context.Get(dtype) != SavedTypeOption.Keep)
        {
            context.RefuseBoth("Weights of 8 or 4 bits have a type of their own.", dtype, quantize);
        }

        context.RefuseBoth("A pattern says itself how many weights are pruned.", pattern, sparsity);
        var chosen = PruningCatalog.Find(PruningCatalog.Methods, context.Get(method)!, "method", method.Name);
        var refined = context.Get(refine) is { } name ? PruningCatalog.Find(PruningCatalog.Refinements, name, "refinement", refine.Name) : null;
        context.RefuseBoth("Ratios of a file are spread already.", ratios, allocation);
        context.RefuseBoth("Ratios of a file are a target themselves.", ratios, sparsity);
        var spread = PruningCatalog.Find(PruningCatalog.Allocations, context.Get(allocation)!, "allocation", allocation.Name);
        var given = new GivenSettings(context.Get(settings), PruningCatalog.All, "prune");
        given.RequireUsed(new MethodEntry?[] { chosen, refined, spread }.OfType<MethodEntry>());
        bool asPublished = context.Get(compatible);
        return new PruneOptions
        {
            Method = chosen.Create(given.Bind(chosen, asPublished)),
            Refinement = refined?.Create(given.Bind(refined, asPublished)),
            Allocation = context.Get(ratios) is { } file ? GivenRatios.Read(file) : spread.Create(given.Bind(spread, asPublished)),
            Layers = new LayerSelection { Include = context.Get(include), Exclude = context.Get(exclude) },
            Sparsity = context.Get(sparsity),
            Pattern = groups is null ? null : NmPattern.Parse(groups),
            Rounding = Enum.Parse<SparsityRounding>(context.Get(rounding), ignoreCase: true),
            Granularity = Enum.Parse<Granularity>(context.Get(granularity).Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            BlockRows = context.Get(blockRows),
            UnseenExperts = Enum.Parse<UnseenExperts>(context.Get(unseenExperts), ignoreCase: true),
            Quantization = ReadQuantization(context),
            ShardBytes = context.Get(shardSize) * BytesPerMegabyte,
            Calibration = ReadCalibration(context),
        };
    }

    private WeightQuantization? ReadQuantization(RunContext context)
    {
        int? group = context.Get(groupSize);
        return context.Get(quantize) switch
        {
            "int8" => new WeightQuantization(8, group),
            "int4" => new WeightQuantization(4, group ?? DefaultGroupOfFourBits),
            { } other => throw OptionFactory.Invalid(quantize.Name, other, "int8 or int4"),
            null when group is not null => throw new InvalidInputException("unused-option", $"{groupSize.Name} would have no effect: nothing is rounded.")
            {
                Option = "group-size",
                Found = $"{groupSize.Name} without {quantize.Name}",
                Hint = $"Leave it out, or give {quantize.Name} int8 or int4.",
            },
            null => null,
        };
    }

    private CalibrationOptions? ReadCalibration(RunContext context)
    {
        if (context.Get(calibration) is { } file)
        {
            string rule = context.Get(calibrationRule);
            if (rule == "auto" && HubInputs.FindText(DataUse.Calibration, file) is { Name: "wikitext2" or "ptb" } rows)
            {
                rule = rows.Name;
                context.Tell($"'{file}' is joined as published: {calibrationRule.Name} {rule}");
            }

            return new CalibrationOptions
            {
                File = context.Hub.Text(DataUse.Calibration, file),
                Rule = rule == "auto" ? null : rule,
                Samples = context.Get(samples),
                SequenceLength = context.Get(sequenceLength),
                Seed = context.Seed,
            };
        }

        context.RefuseIdle($"without {calibration.Name}", $"give a file with {calibration.Name}", samples, sequenceLength, calibrationRule);
        return null;
    }

    /// <summary>Opens the model for its warnings, and for what options need of it.</summary>
    private void CheckModel(RunContext context, string folder)
    {
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        if (!pretrained.Model.Blocks.Any(block => block.FeedForward is MixtureOfExperts))
        {
            context.RefuseIdle("on a model without experts", null, unseenExperts);
        }
    }
}
