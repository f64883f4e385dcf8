using Sparsum.Core;
using Sparsum.Pruning.Measures;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Compaction;

/// <summary>The first half of a compaction: what every block will be, its tensors, and the configuration. Nothing is written.</summary>
internal sealed class PlannedModel : IDisposable
{
    private readonly PretrainedModel pretrained;
    private readonly IReadOnlyList<BlockSize> before;
    private readonly IReadOnlyList<LayerSizes> fullSizes;
    private readonly long parametersBefore;
    private readonly long bytesBefore;
    private readonly HashSet<Parameter> regularised;
    private readonly List<(Linear Layer, long Count)> nonZerosBefore = [];

    private PlannedModel(PretrainedModel pretrained, CompactionOptions options, IProgress<CompactionProgress>? progress, CancellationToken cancellationToken)
    {
        this.pretrained = pretrained;
        var blocks = pretrained.Model.Blocks;
        regularised = [.. PrunableWeights.Of(blocks, SparsityScope.Regularised).Parameters];
        before = [.. blocks.Select(block => SizeOf(block, block.Parameters.Select(pretrained.StoredName).Distinct().Sum(SourceBytes)))];
        parametersBefore = CountParameters();
        bytesBefore = pretrained.Checkpoint.Tensors.Keys.Sum(SourceBytes);
        var plans = new List<BlockPlan>();
        foreach (var block in blocks)
        {
            progress?.Report(new CompactionProgress(false, block.Index, blocks.Count));
            using var values = new LoadedParameters(pretrained, block.Parameters, cancellationToken);
            BlockCutter.Restore(block);
            nonZerosBefore.AddRange(block.Linears.Select(linear => (linear, ZeroPattern.Of(linear.Weight.Value).NonZeros)));
            plans.Add(options.Format == CompactionFormat.Dense ? BlockPlanner.Nothing(block) : BlockPlanner.Plan(block, !options.IsUniform));
        }

        fullSizes = [.. blocks.Select(Sizes)];
        Plan = SizePlanner.Settle(pretrained.Model, pretrained.ModelConfig, plans, options);
        foreach (var (block, plan) in blocks.Zip(Plan.Blocks))
        {
            BlockCutter.Apply(block, plan);
        }

        bool isCompact = options.Format == CompactionFormat.Compact;
        Others = TensorPlanner.Others(pretrained);
        Blocks = [.. blocks.Zip(Plan.Blocks, (block, plan) => TensorPlanner.OfBlock(pretrained, block, plan, isCompact))];
        Config = Configure();
    }

    /// <summary>What is done to the blocks.</summary>
    public ModelPlan Plan { get; }

    /// <summary>The tensors outside the blocks.</summary>
    public IReadOnlyList<PlannedTensor> Others { get; }

    /// <summary>The tensors of each block.</summary>
    public IReadOnlyList<IReadOnlyList<PlannedTensor>> Blocks { get; }

    /// <summary>All tensors in the order in which they are written.</summary>
    public IEnumerable<PlannedTensor> Tensors => Others.Concat(Blocks.SelectMany(tensors => tensors));

    /// <summary>The configuration of the output.</summary>
    public ModelConfig Config { get; }

    /// <summary>Looks at a model folder.</summary>
    /// <exception cref="InvalidInputException">The model cannot be opened, or cannot have the form that is asked for.</exception>
    public static PlannedModel Create(
        string input,
        CompactionOptions options,
        ArchitectureRegistry? architectures,
        IProgress<CompactionProgress>? progress,
        CancellationToken cancellationToken)
    {
        var pretrained = PretrainedModel.Open(input, architectures: architectures);
        try
        {
            return new PlannedModel(pretrained, options, progress, cancellationToken);
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }
    }

    /// <summary>The report, once all is written.</summary>
    public CompactionResult Result(CompactionOptions options)
    {
        var nonZerosAfter = pretrained.Model.Blocks
            .Zip(Plan.Blocks)
            .SelectMany(pair => pair.First.Linears.Zip(pair.Second.NonZeros, (linear, count) => (Layer: linear, Count: count)))
            .ToList();
        return new()
        {
            Options = options,
            Blocks = [.. pretrained.Model.Blocks.Select(Report)],
            ParametersBefore = parametersBefore,
            ParametersAfter = CountParameters(),
            BytesBefore = bytesBefore,
            BytesAfter = Tensors.Sum(tensor => tensor.ByteCount),
            DenseElements = pretrained.Model.Blocks.SelectMany(block => block.Linears).Sum(linear => linear.Weight.DenseElements),
            NonZerosBefore = nonZerosBefore.Sum(entry => entry.Count),
            NonZerosAfter = nonZerosAfter.Sum(entry => entry.Count),
            RegularisedElements = regularised.Sum(parameter => parameter.DenseElements),
            RegularisedNonZerosBefore = nonZerosBefore.Where(IsRegularised).Sum(entry => entry.Count),
            RegularisedNonZerosAfter = nonZerosAfter.Where(IsRegularised).Sum(entry => entry.Count),
            Remarks = Plan.Remarks,
        };

        bool IsRegularised((Linear Layer, long Count) entry) => regularised.Contains(entry.Layer.Weight);
    }

    /// <inheritdoc/>
    public void Dispose() => pretrained.Dispose();

    private BlockCompaction Report(TransformerBlock block)
    {
        var plan = Plan.Blocks[block.Index];
        return new BlockCompaction(
            block.Index,
            block.Name,
            before[block.Index],
            SizeOf(block, Blocks[block.Index].Sum(tensor => tensor.ByteCount)),
            plan.Attentions.Sum(module => module.Dead.Count),
            plan.FeedForwards.Sum(module => module.Dead.Count),
            plan.Features.Sum(features => features.Inputs.Count),
            plan.Features.Sum(features => features.Outputs.Count),
            Blocks[block.Index].Count(tensor => tensor.Sparse is not null));
    }

    private ModelConfig Configure()
    {
        var config = pretrained.ModelConfig;
        var dense = config.Compaction?.DenseSizes;
        if (Plan.Uniform is { } sizes)
        {
            if (pretrained.Model.Blocks.Any(block => block.Skipped != BlockParts.None) || config.Sparsum?.HiddenFeatures is not null)
            {
                throw new InvalidInputException("uniform-unsupported", "A model without whole parts of blocks, or with fewer hidden features, loads here alone.")
                {
                    Option = "uniform",
                    Hint = "Leave out `uniform`.",
                };
            }

            config = config.Resize(sizes) ?? throw new InvalidInputException(
                "uniform-unsupported", "This architecture has no configuration in which all blocks have other sizes.")
            {
                Option = "uniform",
                Found = pretrained.Architecture.ModelType,
                Hint = "Leave out `uniform`.",
            };
            dense ??= sizes == fullSizes[0] ? null : fullSizes[0];
            config = config with { PrunedHeads = null, PerLayerConfig = null, Sparsum = null };
        }
        else
        {
            config = ModelWriter.Describe(pretrained.Architecture, config, pretrained.Model);
        }

        bool isSparse = Tensors.Any(tensor => tensor.Sparse is not null);
        return config with
        {
            Compaction = dense is null && !isSparse
                ? null
                : new CompactionConfig { Encoding = isSparse ? CompactionConfig.SparseBitmask : null, DenseSizes = dense },
        };
    }

    private long SourceBytes(string name) => pretrained.Checkpoint is BitmaskCheckpoint sparse && sparse.Sparse.TryGetValue(name, out var layout)
        ? layout.ByteCount
        : pretrained.Checkpoint.Tensors[name].ByteCount;

    private long CountParameters() => pretrained.Model.Parameters.Sum(Count);

    private static long Count(Parameter parameter) => Tensor.CountElements(parameter.Shape);

    private static BlockSize SizeOf(TransformerBlock block, long bytes) => new(
        block.Attentions.Sum(attention => attention.HeadCount), block.FeedForwards.Sum(layer => layer.NeuronCount), block.Parameters.Sum(Count), bytes);

    private static LayerSizes Sizes(TransformerBlock block) =>
        new(block.Attention.HeadCount, block.Attention.KeyValueHeadCount, block.FeedForwards[0].NeuronCount);
}
