using Sparsum.Evaluation.Perplexity;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>The perplexity of windows of a text from the hidden states behind the last block, and what it takes.</summary>
internal static class WindowPerplexity
{
    /// <summary>Goes through the windows one by one; the parameters of the head must be loaded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="computation">The operations.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="states">What left the last block, <c>[tokens of all windows, hidden]</c>.</param>
    /// <param name="progress">Told of every window.</param>
    /// <param name="cancellationToken">Ends the work between windows.</param>
    public static double Compute(
        CausalLanguageModel model,
        Computation computation,
        CalibrationSet windows,
        Tensor states,
        IProgress<PruneProgress>? progress,
        CancellationToken cancellationToken)
    {
        double total = 0;
        foreach (var (first, ids) in CalibrationBatches.Sequences(windows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var window = new TokenBatch(ids, 1);
            var pass = model.BeginPass(computation, window);
            using var finished = model.Finish(pass, states.Rows(first, ids.Length));
            total += SequenceLoss.Sums(model, pass, window, finished)[0];
            progress?.Report(new PruneProgress(
                PrunePhase.Allocate, model.Blocks.Count - 1, model.Blocks.Count, null, first + ids.Length, windows.TokenCount));
        }

        return Math.Exp(total / (windows.TokenCount - windows.Samples));
    }

    /// <summary>The head with the states and the logits of a window; an eighth is added for the pool's last region.</summary>
    public static long Bytes(TransformerModel model, CalibrationShape windows)
    {
        long logits = (long)Math.Min(windows.SequenceLength, SequenceLoss.TokensAtOnce(model.VocabularySize)) * model.VocabularySize;
        return model.HeadParameters.Sum(MemoryEstimate.Bytes)
            + ((logits + ((long)windows.SequenceLength * model.HiddenSize)) * sizeof(float) * 9 / 8);
    }

    /// <summary>Operations: the product with the head, and with what comes before it in some families.</summary>
    public static double Work(TransformerModel model, CalibrationShape windows) => 2.0 * windows.Tokens
        * model.HeadParameters.Where(parameter => parameter.Shape.Length == 2).Sum(parameter => (double)parameter.Shape[0] * parameter.Shape[1]);
}
