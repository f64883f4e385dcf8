using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Planning;

/// <summary>
/// Memory that a run needs at most, in bytes, known before it starts: one block and one tensor in float32, the hidden states, the
/// activations of one batch, what the method gathers, and before that what the allocation needs. It does not grow with the number of
/// blocks. The runtime is counted as measured on machines with few cores.
/// </summary>
public sealed record MemoryEstimate
{
    private const long RuntimeWithoutData = 80_000_000;
    private const long RuntimeWithData = 90_000_000;

    /// <summary>Columns that panels of a factorisation have together.</summary>
    private const int FactorColumns = 512;

    /// <summary>Weights of the largest block, and those that blocks share, in float32.</summary>
    public required long BlockBytes { get; init; }

    /// <summary>The largest stored tensor of a block in float32: room to put it together for writing, or to find a layer's threshold.</summary>
    public required long TensorBytes { get; init; }

    /// <summary>The embedding tables in float32 with what they give for one batch, gone before the first block comes; 0 without calibration.</summary>
    public required long EmbeddingBytes { get; init; }

    /// <summary>Hidden states of all calibration sequences; 0 without calibration.</summary>
    public required long HiddenStateBytes { get; init; }

    /// <summary>Activations in a block of one batch of sequences, and of the last where it is smaller; 0 without calibration.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>
    /// What a method gathers of the inputs of a block in double precision, and the factorisation of the largest; 0 where it needs no
    /// Hessians.
    /// </summary>
    public long HessianBytes { get; init; }

    /// <summary>The most that the allocation needs before pruning begins; 0 where that is less than pruning needs anyway.</summary>
    public long AllocationBytes { get; init; }

    /// <summary>What the runtime, its code, the garbage between collections and the packing buffers of the backend take.</summary>
    public required long RuntimeBytes { get; init; }

    /// <summary>What pruning needs besides.</summary>
    public long PruningBytes => HiddenStateBytes + Math.Max(EmbeddingBytes, BlockBytes + TensorBytes + HessianBytes + ActivationBytes);

    /// <summary>The most that is needed at once: what a run is checked for before it starts.</summary>
    public long PeakBytes => RuntimeBytes + Math.Max(AllocationBytes, PruningBytes);

    /// <summary>Works out what pruning needs from the shapes of a model; reads no weights.</summary>
    /// <param name="pretrained">The model.</param>
    /// <param name="needs">What the method gathers.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    public static MemoryEstimate OfPruning(PretrainedModel pretrained, StatisticKinds needs, CalibrationShape? data)
    {
        var model = pretrained.Model;
        var stored = model.Blocks.SelectMany(block => block.Parameters).Select(pretrained.StoredName).Distinct();
        return new MemoryEstimate
        {
            BlockBytes = model.Blocks.Max(block => block.Parameters.Sum(Bytes)) + model.SharedParameters.Sum(Bytes),
            TensorBytes = stored.Max(name => pretrained.Checkpoint.Tensors[name].ElementCount * sizeof(float)),
            EmbeddingBytes = data is null ? 0 : model.EmbeddingParameters.Sum(Bytes) + EmbeddingActivationsOf(model, data),
            RuntimeBytes = data is null ? RuntimeWithoutData : RuntimeWithData,
            HiddenStateBytes = data is null ? 0 : data.Tokens * model.HiddenSize * sizeof(float),
            ActivationBytes = data is null ? 0 : ActivationsOf(model, data),
            HessianBytes = needs.HasFlag(StatisticKinds.Hessian) ? model.Blocks.Max(HessiansOf) : 0,
        };
    }

    /// <summary>The embedded tokens of a batch, positions and a norm of them.</summary>
    internal static long EmbeddingActivationsOf(TransformerModel model, CalibrationShape data) =>
        3 * data.BatchTokens * model.HiddenSize * sizeof(float) * 9 / 8;

    /// <summary>
    /// Bytes that passes of all batches through a block keep at most. A smaller last batch finds room where the others were; where lengths differ,
    /// a quarter is added for pieces of longer ones that lie between while the pool grows.
    /// </summary>
    internal static long ActivationsOf(TransformerModel model, CalibrationShape data)
    {
        long tokens = data.IsUneven ? data.BatchTokens * 5 / 4 : data.BatchTokens;
        return sizeof(float) * ((tokens * model.Blocks.Max(block => ActivationsPerToken(block, model.HiddenSize)))
            + model.Blocks.Max(block => PositionBias(block, tokens, data.SequenceLength)));
    }

    /// <summary>Bytes of a parameter in float32.</summary>
    internal static long Bytes(Parameter parameter) => Tensor.CountElements(parameter.Shape) * sizeof(float);

    /// <summary>
    /// Floats of one token in a block: the output of every layer that it passes, the gated product, the context, two normalised inputs and a
    /// residual. An upper bound, since buffers are used again; an eighth is added for the pool's last region. Layers that are not pruned compute
    /// like all others.
    /// </summary>
    private static long ActivationsPerToken(TransformerBlock block, int hidden)
    {
        var experts = block.FeedForward as MixtureOfExperts;
        long passed = block.FeedForwards.Except(experts?.Experts ?? []).Sum(Floats) + (experts is null ? 0 : experts.ExpertsPerToken * experts.Experts.Max(Floats));
        long attended = block.Attentions.Sum(attention => attention.Linears.Sum(linear => (long)linear.OutputSize) + attention.Output.InputSize);
        return (attended + passed + (3L * hidden)) * 9 / 8;

        static long Floats(FeedForwardLayer layer) => layer.Linears.Sum(linear => (long)linear.OutputSize) + layer.Down.InputSize;
    }

    /// <summary>
    /// One matrix for each input that layers of a block read, which is factored in place with a few panels beside it, and the weight turned
    /// round while it is swept.
    /// </summary>
    private static long HessiansOf(TransformerBlock block)
    {
        bool isShared = block.SharesInput && block.FeedForwards.Count == 1;
        int[] inputs =
        [
            .. block.Attentions.SelectMany(attention => (int[])[attention.Query.InputSize, attention.Output.InputSize]),
            .. block.CrossAttention is { } cross ? (int[])[cross.Key.InputSize] : [],
            .. isShared ? [] : block.FeedForwards.Select(layer => layer.Up.InputSize),
            .. block.FeedForwards.Select(layer => layer.Contract.InputSize),
        ];
        return ((inputs.Sum(Square) + ((long)inputs.Max() * FactorColumns)) * sizeof(double)) + (block.Linears.Select(BlockSizes.Of).DefaultIfEmpty().Max() * sizeof(float));

        static long Square(int size) => (long)size * size;
    }

    /// <summary>Floats of relative positions between all tokens of a sequence, as they are gathered and as attention reads them.</summary>
    private static long PositionBias(TransformerBlock block, long tokens, long length) =>
        block.Attention.RelativePositions is { } positions ? 2 * positions.HeadCount * length * length * 9 / 8
        : block.Attention.Disentangled is not null ? block.Attention.HeadCount * tokens * length * 9 / 8
        : 0;
}
