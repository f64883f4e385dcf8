using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Memory that a run needs at most, in bytes, known before it starts: one block and one tensor in float32, the hidden states, the
/// activations of one batch. It does not grow with the number of blocks. The runtime and the packing buffers of the backend come on top.
/// </summary>
public sealed record MemoryEstimate
{
    /// <summary>Weights of the largest block in float32.</summary>
    public required long BlockBytes { get; init; }

    /// <summary>The largest stored tensor of a block in float32: room to put it together for writing, or to find a layer's threshold.</summary>
    public required long TensorBytes { get; init; }

    /// <summary>The embedding tables in float32, which are gone before the first block comes; 0 without calibration.</summary>
    public required long EmbeddingBytes { get; init; }

    /// <summary>Hidden states of all calibration sequences; 0 without calibration.</summary>
    public required long HiddenStateBytes { get; init; }

    /// <summary>Activations of one batch of sequences in a block; 0 without calibration.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Hessians of all different inputs of a block, with which the weight updates of one layer go; 0 for methods without.</summary>
    public required long HessianBytes { get; init; }

    /// <summary>The most that is needed at once.</summary>
    public long PeakBytes => HiddenStateBytes + Math.Max(EmbeddingBytes, BlockBytes + TensorBytes + HessianBytes) + ActivationBytes;

    /// <summary>Works it out from the shapes of a model; reads no weights.</summary>
    /// <param name="pretrained">The model.</param>
    /// <param name="calibration">The calibration sequences, if any.</param>
    /// <param name="needs">What calibration gathers.</param>
    public static MemoryEstimate For(PretrainedModel pretrained, CalibrationSet? calibration, StatisticKinds needs)
    {
        var model = pretrained.Model;
        long tokens = calibration is null ? 0 : (long)calibration.Samples * calibration.SequenceLength;
        long batchTokens = calibration is null
            ? 0 : (long)CalibrationBatches.BatchSize(calibration.Samples, calibration.SequenceLength) * calibration.SequenceLength;
        var stored = model.Blocks.SelectMany(block => block.Parameters).Select(pretrained.StoredName).Distinct();
        return new MemoryEstimate
        {
            BlockBytes = model.Blocks.Max(block => block.Parameters.Sum(Bytes)),
            TensorBytes = stored.Max(name => pretrained.Checkpoint.Tensors[name].ElementCount * sizeof(float)),
            EmbeddingBytes = calibration is null ? 0 : model.EmbeddingParameters.Sum(Bytes),
            HessianBytes = needs.HasFlag(StatisticKinds.Hessian) ? model.Blocks.Max(Hessians) : 0,
            HiddenStateBytes = tokens * model.HiddenSize * sizeof(float),
            ActivationBytes = batchTokens * model.Blocks.Max(block => ActivationsPerToken(block, model.HiddenSize)) * sizeof(float),
        };
    }

    private static long Bytes(Parameter parameter) => Sparsum.Tensors.Tensor.CountElements(parameter.Shape) * sizeof(float);

    /// <summary>
    /// A matrix of doubles for every input that layers do not share, then the transposed weight, a slab's errors and factor, and the panels
    /// of a factorisation.
    /// </summary>
    private static long Hessians(TransformerBlock block)
    {
        IEnumerable<Linear> readers =
        [
            .. block.Attentions.SelectMany(attention => (Linear[])[attention.Query, attention.Output]),
            .. block.Attentions.Skip(1).Select(attention => attention.Key),
            block.FeedForward.Up,
            block.FeedForward.Down,
        ];
        const long PanelRows = 512;
        long matrices = readers.Sum(linear => (long)linear.InputSize * linear.InputSize * sizeof(double));
        long widest = block.Linears.Max(linear => (long)Math.Max(linear.InputSize, linear.OutputSize));
        return matrices + block.Linears.Max(linear => Bytes(linear.Weight)) + (widest * PanelRows * sizeof(double));
    }

    /// <summary>
    /// Floats of one token in a block: the output of every layer, the gated product, the context, two normalised inputs and a residual. An
    /// upper bound, since buffers are used again; an eighth is added for the pool's size classes.
    /// </summary>
    private static long ActivationsPerToken(TransformerBlock block, int hidden)
    {
        long outputs = block.Linears.Sum(linear => (long)linear.OutputSize);
        long inner = block.FeedForward.Down.InputSize + block.Attention.Output.InputSize;
        return (outputs + inner + (3L * hidden)) * 9 / 8;
    }
}
