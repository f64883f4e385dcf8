using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// BESA (Xu et al. 2024, BESA: Pruning Large Language Models with Blockwise Parameter-Efficient Sparsity Allocation): block by block, the
/// sparsity of each row or matrix is learned by gradient, so that the masked block gives what the dense one gives while its mean sparsity
/// nears the target. Nothing moves between blocks.
/// </summary>
public sealed class BesaAllocation : IAllocation
{
    /// <summary>The sparsity above which the sigmoid is left out, since with it nothing above 0.624 can be reached.</summary>
    private const double HighestWithSigmoid = 0.6;

    private const string Auto = "auto";

    /// <summary>What has a sparsity of its own.</summary>
    internal static readonly MethodSetting GranularitySetting = new(
        "besa.granularity", "row", "what has a sparsity of its own: row or layer");

    private static readonly MethodSetting Epochs = new("besa.epochs", "1", "passes over the calibration sequences per block");
    private static readonly MethodSetting Penalty = new("besa.penalty", "5", "weight of the distance from the target sparsity");
    private static readonly MethodSetting Coefficient = new(
        "besa.d-coefficient", Auto, "factor of Prodigy's step size; auto is 5 by row and 50 by layer");

    private static readonly MethodSetting Sigmoid = new(
        "besa.sigmoid", Auto, "whether weights of candidates are smoothed, which reaches at most 0.62; auto does so up to 0.6");

    private static readonly MethodSetting Reference = new(
        "besa.reference", "block", "what a masked block is compared with: the dense block on the same input, or the dense model");

    /// <summary>Whether a block ends with exactly the target.</summary>
    internal static readonly MethodSetting Exact = new(
        "besa.exact", "false", "trim or refill each block by score to have exactly the target sparsity");

    /// <inheritdoc/>
    public string Name => "besa";

    /// <inheritdoc/>
    public string Description => "learned within each block by gradient, slow (Xu et al. 2024)";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => [GranularitySetting, Epochs, Penalty, Coefficient, Sigmoid, Reference, Exact];

    /// <inheritdoc/>
    public void Check(PruneOptions options)
    {
        var learned = Read(options);
        if (options.Pattern is not null || options.BlockRows > 1)
        {
            throw Conflict(
                options.Pattern is null ? "--block-rows" : "--pattern",
                "rows learn their sparsities each on its own",
                "Leave out one of the two.");
        }

        if ((learned.IsRowWise || learned.IsExact) && !PruningMethods.Get(options.Method).TakesRowRatios)
        {
            throw Conflict(
                "--method",
                $"method '{options.Method}' cannot give each row a sparsity of its own",
                "Add --set besa.granularity=layer, without besa.exact.");
        }
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        if (context.Sparsity == 0)
        {
            return new AllocationResult(new SparsityPlan(context.Pretrained.Model.Blocks.Select(block => block.Linears.Select(_ => 0.0))));
        }

        RequireOneStack(context);
        using var run = new BesaRun(context, Read(context.Options), SaliencyOf(context));
        var blocks = run.Execute(cancellationToken);
        return new AllocationResult(new SparsityPlan(blocks.Select(block => block.Targets)))
        {
            Report = new JsonObject { ["blocks"] = new JsonArray([.. blocks.Select(block => block.Report)]) },
        };
    }

    /// <inheritdoc/>
    public long EstimateBytes(TransformerModel model, PruneOptions options, MemoryEstimate pruning, CalibrationShape? data) =>
        BesaCost.Bytes(model, Read(options), pruning, data!);

    /// <inheritdoc/>
    public long EstimateStateBytes(TransformerModel model, PruneOptions options, CalibrationShape? data) =>
        BesaCost.StateBytes(model, Read(options), data!);

    /// <inheritdoc/>
    public double EstimateWork(TransformerModel model, PruneOptions options, StatisticKinds needs, CalibrationShape? data) =>
        BesaCost.Work(model, Read(options), data!);

    /// <inheritdoc/>
    public IEnumerable<(string Option, PruneOptions Options)> Lighter(PruneOptions options) => BesaCost.Lighter(options);

    /// <summary>The score of the method that will prune; Wanda's where that method has none of its own.</summary>
    internal static ISaliency SaliencyOf(AllocationContext context) =>
        (PruningMethods.Get(context.Options.Method) as SaliencyMethod)?.Saliency.Configure(context.Settings) ?? new Wanda();

    /// <summary>The settings, checked.</summary>
    /// <exception cref="InvalidInputException">A setting has no meaning.</exception>
    internal static BesaOptions Read(PruneOptions options)
    {
        var settings = new MethodSettings(options.Settings);
        bool isRowWise = settings.Choice<BesaGranularity>(GranularitySetting) == BesaGranularity.Row;
        return new BesaOptions
        {
            Sparsity = options.Target,
            IsRowWise = isRowWise,
            Epochs = settings.Integer(Epochs, least: 1),
            Penalty = settings.Number(Penalty, least: 0, most: double.MaxValue),
            DistanceCoefficient = settings.Text(Coefficient) == Auto
                ? (isRowWise ? 5 : 50)
                : settings.Number(Coefficient, least: double.Epsilon, most: double.MaxValue),
            UseSigmoid = settings.Text(Sigmoid) == Auto ? options.Target <= HighestWithSigmoid : settings.Flag(Sigmoid),
            IsReferenceDense = settings.Choice<BesaReference>(Reference) == BesaReference.Dense,
            IsExact = settings.Flag(Exact),
        };
    }

    /// <summary>Blocks are learned on the states of one stack; a decoder's would be learned on those of its encoder.</summary>
    private static void RequireOneStack(AllocationContext context)
    {
        if (context.Calibration?.Targets is not null)
        {
            throw new InvalidInputException("unsupported-model", "BESA does not learn the blocks of models with an encoder and a decoder.")
            {
                File = "--allocation",
                Found = "besa with a model of two stacks",
                Expected = "a model of one stack",
                Hint = "Use another allocation, for example owl or uniform.",
            };
        }
    }

    private static InvalidInputException Conflict(string option, string why, string hint) =>
        new("conflicting-options", $"--allocation besa does not go with {option}: {why}.")
        {
            File = option,
            Found = $"{option} together with --allocation besa",
            Hint = hint,
        };
}
