using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Memory that a run needs at most, in bytes, known before it starts: one block and one tensor in float32, the hidden states, the
/// activations of one batch. It does not grow with the number of blocks. The runtime and the packing buffers of the backend come on top.
/// </summary>
public sealed record MemoryEstimate
{
    /// <summary>Weights of the largest block, and those that blocks share, in float32.</summary>
    public required long BlockBytes { get; init; }

    /// <summary>The largest stored tensor of a block in float32: room to put it together for writing, or to find a layer's threshold.</summary>
    public required long TensorBytes { get; init; }

    /// <summary>The embedding tables in float32, which are gone before the first block comes; 0 without calibration.</summary>
    public required long EmbeddingBytes { get; init; }

    /// <summary>Hidden states of all calibration sequences; 0 without calibration.</summary>
    public required long HiddenStateBytes { get; init; }

    /// <summary>Activations of one batch of sequences in a block; 0 without calibration.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>The most that is needed at once.</summary>
    public long PeakBytes => HiddenStateBytes + Math.Max(EmbeddingBytes, BlockBytes + TensorBytes) + ActivationBytes;

    /// <summary>Works it out from the shapes of a model; reads no weights.</summary>
    public static MemoryEstimate For(PretrainedModel pretrained, CalibrationSet? calibration)
    {
        var model = pretrained.Model;
        long tokens = calibration is null ? 0 : (long)calibration.TokenCount + calibration.TargetTokenCount;
        long batchTokens = calibration is null
            ? 0 : CalibrationBatches.Of(calibration).Max(batch => batch.Tokens.InputIds.Length + (batch.Tokens.Target?.InputIds.Length ?? 0));
        var stored = model.Blocks.SelectMany(block => block.Parameters).Select(pretrained.StoredName).Distinct();
        return new MemoryEstimate
        {
            BlockBytes = model.Blocks.Max(block => block.Parameters.Sum(Bytes)) + model.SharedParameters.Sum(Bytes),
            TensorBytes = stored.Max(name => pretrained.Checkpoint.Tensors[name].ElementCount * sizeof(float)),
            EmbeddingBytes = calibration is null ? 0 : model.EmbeddingParameters.Sum(Bytes),
            HiddenStateBytes = tokens * model.HiddenSize * sizeof(float),
            ActivationBytes = batchTokens * model.Blocks.Max(block => ActivationsPerToken(block, model.HiddenSize)) * sizeof(float)
                + (calibration is null ? 0 : model.Blocks.Max(block => PositionBias(block, calibration.SequenceLength)) * sizeof(float)),
        };
    }

    private static long Bytes(Parameter parameter) => Sparsum.Tensors.Tensor.CountElements(parameter.Shape) * sizeof(float);

    /// <summary>
    /// Floats of one token in a block: the output of every layer, the gated product, the context, two normalised inputs and a residual. An
    /// upper bound, since buffers are used again; an eighth is added for the pool's size classes.
    /// </summary>
    private static long ActivationsPerToken(TransformerBlock block, int hidden)
    {
        long outputs = block.Linears.Sum(linear => (long)linear.OutputSize);
        long inner = block.FeedForward.Down.InputSize + block.Attentions.Sum(attention => attention.Output.InputSize);
        return (outputs + inner + (3L * hidden)) * 9 / 8;
    }

    /// <summary>Floats of relative positions between all tokens of a sequence, as they are gathered and as attention reads them.</summary>
    private static long PositionBias(TransformerBlock block, long length) =>
        block.Attention.RelativePositions is { } positions ? 2 * positions.HeadCount * length * length * 9 / 8 : 0;
}
