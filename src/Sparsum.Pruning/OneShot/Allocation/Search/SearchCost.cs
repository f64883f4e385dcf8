using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>What a search of levels takes, from shapes alone.</summary>
internal static class SearchCost
{
    /// <summary>
    /// Memory: the whole model, stored without its zeros where that is smaller, its head, the parent's states before each block, what the dense
    /// model says on all windows. Disk: a byte a weight, or of every level what it keeps.
    /// </summary>
    public static AllocationCost Of(TransformerModel model, SearchOptions options, AllocationTask task, MemoryEstimate pruning, CalibrationShape data)
    {
        bool marks = LevelRun.Marks(task);
        var grid = new LevelGrid(model.Blocks, task, options.Granularity, options.Step, options.Reach);
        long window = Math.Min(options.Window, data.SequenceLength);
        long perSequence = data.SequenceLength / window;
        int sequences = Math.Max(1, data.Samples - options.HeldOut);
        long all = sequences * perSequence * window;
        long survivors = options.SurvivorWindows * window;
        long first = options.Windows * window;
        var largest = new CalibrationShape(1, (int)Math.Max(survivors, first));
        var whole = new CalibrationShape(sequences, data.SequenceLength);
        long weights = model.Blocks.Sum(block => block.Parameters.Sum(MemoryEstimate.Bytes));
        long level = marks ? model.Blocks.Max(block => block.Linears.Max(BlockSizes.Of)) : LevelWeights.MostBytes(model.Blocks);

        // While the dense model runs: a block, its statistics, all sequences and all windows, twice; they stay where they entered, too.
        // Where a method makes the levels there is a copy of a layer besides.
        long dense = pruning.BlockBytes + pruning.HessianBytes + level + (marks ? 0 : pruning.TensorBytes) + ((whole.Tokens + (2 * all)) * model.HiddenSize * sizeof(float))
            + MemoryEstimate.ActivationsOf(model, whole) + MemoryEstimate.ActivationsOf(model, largest);

        // While levels are searched: the model without its zeros, one layer with them, the head as read and as packed, and what enters each block
        // of the parent.
        long searched = weights + model.HeadParameters.Sum(MemoryEstimate.Bytes) + pruning.TensorBytes + level + DenseOutputs.KeptBytes(model, all) + DenseOutputs.Bytes(model, largest)
            + (((model.Blocks.Count * (survivors + first)) + all) * model.HiddenSize * sizeof(float)) + MemoryEstimate.ActivationsOf(model, largest);

        // Experts get another number of tokens in every pass, so one pass finds few buffers of its sizes that another has left.
        searched += model.Blocks.Any(block => block.FeedForward is MixtureOfExperts) ? MemoryEstimate.ActivationsOf(model, largest) : 0;

        // While it descends: a block whole and its derivative, too; what the block computes and the derivatives of that; and the derivatives behind
        // the last block and on both sides of one.
        var step = new CalibrationShape(1, (int)first);
        long derivatives = options.DescentSteps == 0 ? 0 : (2 * pruning.BlockBytes) + MemoryEstimate.ActivationsOf(model, step) + (3 * first * model.HiddenSize * sizeof(float));
        long bytes = Math.Max(dense, searched + derivatives);

        // An offspring starts at the first block that it changes, a third of the depth on average; what it leaves out is not counted.
        int moves = options.Granularity == SearchGranularity.Layer ? 3 : 1;
        int groups = model.Blocks.Count + (moves == 1 ? 0 : model.Blocks.Max(block => block.Linears.Count) + grid.Parts.Count);
        double tokens = (options.Rounds * ((((2.0 * groups) + moves) * first) + (moves * LevelSearch.StepsOfAMove * survivors)))
            + (options.Generations * (((options.Offspring + 1) * first) + (options.Survivors * survivors)))
            + ((options.CandidateNames.Count + 1) * survivors);

        // Backward forms two products for each one of forward.
        tokens += options.DescentSteps * ((3.0 * first) + ((double)survivors / LevelSearch.StepsOfAJudgement));
        double work = Forward(model, tokens, (int)window) + Forward(model, all + (sequences * (double)data.SequenceLength), (int)window);
        if (marks)
        {
            return new AllocationCost(bytes, work, LevelMarks.Bytes(model.Blocks));
        }

        int levels = Enumerable.Range(0, grid.Parts.Count).Max(part => grid.Options(part).Count());
        work += model.Blocks.Sum(block => WorkEstimate.Pruning(block, task.SearchPruner.Needs, whole.Tokens) + (levels * WorkEstimate.Pruning(block, task.SearchPruner.Needs, 0)));
        return new AllocationCost(bytes, work, grid.Parts.Index().Sum(part =>
            LevelWeights.Bytes(part.Item.Weights, grid.Options(part.Index).Select(one => grid.Ratio(part.Index, one)))));
    }

    private static double Forward(TransformerModel model, double tokens, int window) =>
        (tokens / window * model.Blocks.Sum(block => WorkEstimate.Propagating(block, new CalibrationShape(1, window))))
        + DenseOutputs.Work(model, (long)tokens);
}
