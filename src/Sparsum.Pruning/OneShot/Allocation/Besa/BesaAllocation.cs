using System.ComponentModel;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// BESA (Xu et al. 2024, BESA: Pruning Large Language Models with Blockwise Parameter-Efficient Sparsity Allocation): block by block, the
/// sparsity of each row or matrix is learned by gradient, so that the masked block gives what the dense one gives while its mean sparsity
/// nears the target. Nothing moves between blocks.
/// </summary>
[Description("learned within each block by gradient, slow (Xu et al. 2024)")]
public sealed class BesaAllocation : IAllocation
{
    private readonly BesaOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public BesaAllocation(BesaOptions? options = null)
    {
        this.options = options ?? new BesaOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "besa";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    private bool HasRowRatios => options.Granularity == BesaGranularity.Row || options.Exact;

    /// <inheritdoc/>
    public void Check(AllocationTask task)
    {
        if (task.Masks.Pattern is not null || task.Masks.BlockRows > 1)
        {
            throw Conflict(
                task.Masks.Pattern is null ? "block-rows" : "pattern", "rows learn their sparsities each on its own", "Leave out one of the two.");
        }

        if (HasRowRatios && !task.Method.TakesRowRatios)
        {
            throw Conflict(
                "method",
                $"method '{task.Method.Name}' cannot give each row a sparsity of its own",
                "Add `besa.granularity=layer`, without besa.exact.");
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
        using var run = new BesaRun(context, BesaLearning.For(options, context.Sparsity), SaliencyOf(context.Task));
        var blocks = run.Execute(cancellationToken);
        return new AllocationResult(new SparsityPlan(blocks.Select(block => block.Targets)))
        {
            Report = new JsonObject { ["blocks"] = new JsonArray([.. blocks.Select(block => block.Report)]) },
        };
    }

    /// <inheritdoc/>
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data) =>
        task.Sparsity == 0 ? default : BesaCost.Of(model, BesaLearning.For(options, task.Sparsity), pruning, data!);

    /// <inheritdoc/>
    public IEnumerable<(string Settings, IAllocation Allocation)> Lighter(AllocationTask task)
    {
        if (options.Exact)
        {
            yield return ("`besa.exact=false`", new BesaAllocation(options with { Exact = false }));
        }

        if (options.Granularity == BesaGranularity.Row)
        {
            yield return (
                options.Exact ? "`besa.exact=false` `besa.granularity=layer`" : "`besa.granularity=layer`",
                new BesaAllocation(options with { Exact = false, Granularity = BesaGranularity.Layer }));
        }
    }

    /// <summary>The score of the method that will prune; Wanda's where that method has none of its own.</summary>
    internal static ISaliency SaliencyOf(AllocationTask task) => task.Method.ForSearch as ISaliency ?? new Wanda();

    /// <summary>Blocks are learned on the states of one stack; a decoder's would be learned on those of its encoder.</summary>
    private static void RequireOneStack(AllocationContext context)
    {
        if (context.Calibration?.Targets is not null)
        {
            throw new InvalidInputException("unsupported-model", "BESA does not learn the blocks of models with an encoder and a decoder.")
            {
                Option = "allocation",
                Found = "besa with a model of two stacks",
                Expected = "a model of one stack",
                Hint = "Use another allocation, for example owl or uniform.",
            };
        }
    }

    private static InvalidInputException Conflict(string option, string why, string hint) =>
        new("conflicting-options", $"`allocation besa` does not go with `{option}`: {why}.")
        {
            Option = option,
            Found = $"`{option}` together with `allocation besa`",
            Hint = hint,
        };
}
