using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What a search takes, from shapes alone.</summary>
internal static class NeuronAlCost
{
    /// <summary>All of it.</summary>
    public static AllocationCost Of(
        TransformerModel model, SearchRules options, StatisticKinds needs, MemoryEstimate pruning, CalibrationShape data) =>
        new(Bytes(model, options, pruning, data), Work(model, options, needs, data), StateBytes(model, options, data));

    /// <summary>
    /// Memory: a block, its copy, its pruned form without zeros, what the method gathers or a matrix of scores, the activations of a batch
    /// of sequences and of one of windows, and for every candidate the hidden states of both, of which one more copy is worked on; or, when
    /// the blocks are done, the head.
    /// </summary>
    private static long Bytes(TransformerModel model, SearchRules options, MemoryEstimate pruning, CalibrationShape data)
    {
        var samples = SamplesOf(options, data);
        long tokens = samples.Tokens;
        long activations = MemoryEstimate.ActivationsOf(model, samples);
        long head = 0;
        if (WindowsOf(options, data) is { } windows)
        {
            head = WindowPerplexity.Bytes(model, windows);
            tokens += windows.Tokens;
            activations += MemoryEstimate.ActivationsOf(model, windows);
        }

        long states = tokens * model.HiddenSize * ((Slots(options) * CandidateStates.BytesPerValue(options.StateType)) + sizeof(float));
        long block = (2 * pruning.BlockBytes) + PrunedBlock.MostBytes(pruning.BlockBytes, samples.Tokens) + pruning.TensorBytes + pruning.HessianBytes;
        return states + Math.Max(pruning.EmbeddingBytes, Math.Max(block, head) + activations);
    }

    /// <summary>
    /// Disk: every candidate's states behind a block, beside those behind the block before it until they are written, and what each block
    /// has changed in the channels of its layers. Behind the last block only the windows are kept.
    /// </summary>
    private static long StateBytes(TransformerModel model, SearchRules options, CalibrationShape data)
    {
        int blocks = model.Blocks.Count;
        long states = Math.Min(2, blocks - 1) * Slots(options) * SamplesOf(options, data).Tokens;
        long windows = Math.Min(2, blocks) * MostCandidates(options) * (WindowsOf(options, data)?.Tokens ?? 0);
        long channels = model.Blocks.Sum(block => block.Linears.Sum(layer => (long)layer.InputSize));
        return ((states + windows) * model.HiddenSize * CandidateStates.BytesPerValue(options.StateType))
            + ((BlockCandidates(options) + options.RowLambdas.Count) * channels * sizeof(float));
    }

    /// <summary>
    /// Operations: a dense and a pruned pass for each candidate of each step, one of the windows with the head behind it, and what the method
    /// does to prune.
    /// </summary>
    private static double Work(TransformerModel model, SearchRules options, StatisticKinds needs, CalibrationShape data)
    {
        var samples = SamplesOf(options, data);
        double text = WindowsOf(options, data) is { } windows
            ? model.Blocks.Sum(block => WorkEstimate.Propagating(block, windows)) + WindowPerplexity.Work(model, windows)
            : 0;
        double work = 0;
        foreach (int candidates in (int[])[BlockCandidates(options), options.RowLambdas.Count])
        {
            bool isScreened = options.ScreenSamples > 0 && candidates > SearchRules.Finalists;
            int tried = isScreened ? SearchRules.Finalists : candidates;
            work += (tried * text) + OfStep(model, options, needs, samples, tried);
            if (isScreened)
            {
                work += OfStep(model, options, needs, samples with { Samples = Math.Min(options.ScreenSamples, samples.Samples) }, candidates);
            }
        }

        return work;
    }

    private static double OfStep(TransformerModel model, SearchRules options, StatisticKinds needs, CalibrationShape samples, int candidates)
    {
        double work = 0;
        foreach (var block in model.Blocks)
        {
            bool sharesReference = options.DenseReference == DenseReference.Global || block.Index == 0;
            bool isLast = block.Index + 1 == model.Blocks.Count;
            int references = candidates == 0 ? 0 : sharesReference ? 1 : candidates;
            work += references * (WorkEstimate.Observing(block, samples) + WorkEstimate.Pruning(block, needs, samples.Tokens));
            work += candidates * (isLast ? WorkEstimate.Observing(block, samples) : WorkEstimate.Propagating(block, samples));
        }

        return work;
    }

    private static CalibrationShape SamplesOf(SearchRules options, CalibrationShape data) =>
        data with { Samples = Math.Min(options.Samples, data.Samples) };

    /// <summary>The windows of the text whose perplexity is reported; null without one.</summary>
    private static CalibrationShape? WindowsOf(SearchRules options, CalibrationShape data) =>
        options.WindowsOfText(data.SequenceLength)?.Shape();

    /// <summary>Candidates of the first step: without one for blocks the uniform plan is the only one.</summary>
    private static int BlockCandidates(SearchRules options) => options.Step == NeuronAlStep.Row ? 1 : options.BlockLambdas.Count;

    /// <summary>Candidates that exist at once: the steps come one after the other.</summary>
    private static int MostCandidates(SearchRules options) => Math.Max(BlockCandidates(options), options.RowLambdas.Count);

    /// <summary>States that exist at once, those of the dense model among them where all candidates are compared with it.</summary>
    private static int Slots(SearchRules options) => MostCandidates(options) + (options.DenseReference == DenseReference.Global ? 1 : 0);
}
