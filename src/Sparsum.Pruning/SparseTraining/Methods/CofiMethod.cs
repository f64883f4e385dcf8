using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Gates.Structure;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// CoFi (Xia et al. 2022): hard-concrete gates on attention modules, MLPs, heads, neurons and hidden features, which a Lagrangian closes until the
/// expected sparsity is the one that was asked for; the model may learn from a teacher meanwhile.
/// </summary>
[Description("Gates of layers, heads, neurons and hidden features under a Lagrangian, with or without distillation (CoFi, Xia et al. 2022).")]
public sealed class CofiMethod : ISparseMethod
{
    private const ulong StartStream = 0x636F_6669;
    private const double OpenMean = 10;
    private const double StartDeviation = 0.01;
    private readonly CofiOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public CofiMethod(CofiOptions? options = null)
    {
        this.options = options ?? new CofiOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "cofi";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Sparsity is not > 0 || context.Targets.Heads is not null)
        {
            throw new InvalidInputException("no-target", "The method cofi goes to a sparsity.")
            {
                Option = "sparsity",
                Found = context.Targets.Heads is not null ? "a number of heads" : "no sparsity",
                Expected = "`sparsity` alone, above 0",
            };
        }

        if (Obstacle(context.Model) is { } obstacle)
        {
            throw new InvalidInputException("unsupported-model", "The method cofi cannot put gates into this model.")
            {
                Option = "method",
                Found = obstacle,
                Expected = "a whole model of blocks with one MLP, whose heads have keys and values of their own",
                Hint = obstacle.StartsWith("embeddings", StringComparison.Ordinal) ? "Leave hidden features without gates: the setting cofi.hidden." : "Take another method.",
            };
        }

        var layout = new GateLayout(context.Model, options.Hidden);
        return new StructureTraining(context, options, layout, Start(layout, context.Seed)) { Fingerprint = Fingerprints.Of(this, context) };
    }

    private double[] Start(GateLayout layout, ulong seed)
    {
        var random = new Pcg32(seed, StartStream);
        double[] start = [.. Enumerable.Range(0, layout.Count).Select(_ => OpenMean + (StartDeviation * Normal(random)))];
        double shift = Math.Log(1 - options.DropRate) - Math.Log(options.DropRate) - OpenMean;
        foreach (var neurons in layout.NeuronsOf)
        {
            foreach (ref double a in start.AsSpan(neurons))
            {
                a += shift;
            }
        }

        return start;
    }

    /// <summary>A normally distributed number (Box and Muller 1958).</summary>
    private static double Normal(Pcg32 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>What of a model gates cannot be folded into; null where nothing is.</summary>
    private string? Obstacle(TransformerModel model)
    {
        var blocks = model.Blocks;
        var attentions = blocks.SelectMany(block => block.Attentions).ToList();
        if (attentions.Any(attention => attention.GroupSize > 1 || !attention.HasRemovableHeads))
        {
            return "heads that share keys, values or norms";
        }

        if (blocks.Any(block => block.FeedForwards.Count > 1))
        {
            return "blocks with experts";
        }

        if (blocks.Any(block => block.AttentionOutputNorm is not null || block.FeedForwardOutputNorm is not null))
        {
            return "norms of what attention and MLP add, which undo a gate";
        }

        bool isCut = blocks.Any(block => block.Skipped != BlockParts.None
                || block.Linears.Any(linear => linear.Weight.Kept(SliceAxis.Rows) is not null || linear.Weight.Kept(SliceAxis.Columns) is not null))
            || model.HiddenNorms.Any(norm => norm.Features is not null);
        return isCut ? "a model of which parts are gone" : options.Hidden ? HiddenObstacle(model) : null;
    }

    private static string? HiddenObstacle(TransformerModel model)
    {
        var matrices = model.Linears.Select(linear => linear.Weight).ToHashSet();
        var tables = model.EmbeddingParameters.Where(parameter => parameter.Shape.Length == 2).ToList();
        return tables.Any(matrices.Contains) || tables.Any(table => table.Shape[1] != model.HiddenSize || table.IsBuffer)
            ? "embeddings that are projected, tied to a head or not learned, so that hidden features cannot be gated"
            : model.HiddenNorms.Any(norm => norm.HasUnitOffset) ? "embeddings whose norms add one to their factors, so that hidden features cannot be gated"
            : model.SharedParameters.Any(parameter => parameter.Shape.Length == 2 && parameter.Shape[1] == model.HiddenSize)
                ? "embeddings of relative positions that share the hidden width, so that hidden features cannot be gated"
            : null;
    }
}
