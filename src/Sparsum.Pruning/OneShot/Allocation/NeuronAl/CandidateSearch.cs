using System.Numerics.Tensors;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>
/// Tries the candidates of one step in a single pass over the model: a block is read once, every candidate's states go through it dense and
/// pruned, its weights are restored in between. Memory holds one block, a copy of it, and the states; it does not grow with the number of
/// blocks. After each block the search can be resumed.
/// </summary>
internal sealed class CandidateSearch : IDisposable
{
    private readonly AllocationContext context;
    private readonly SearchRules options;
    private readonly CalibrationSet samples;
    private readonly SearchFolder folder;
    private readonly IReadOnlyList<Candidate> candidates;
    private readonly IReadOnlyList<TransformerBlock> blocks;
    private readonly AllocationProgress progress;
    private readonly BlockRunner runner;
    private readonly HiddenStates working;
    private readonly CandidateStates states;
    private readonly CandidateText? text;
    private readonly string step;
    private SearchJournal journal;

    /// <summary>Prepares a step.</summary>
    /// <param name="context">Model, pruner, backend.</param>
    /// <param name="options">What is searched and how.</param>
    /// <param name="samples">The sequences that candidates are tried on.</param>
    /// <param name="step">Name of the step, for files and progress.</param>
    /// <param name="candidates">What is tried.</param>
    public CandidateSearch(
        AllocationContext context, SearchRules options, CalibrationSet samples, string step, IReadOnlyList<Candidate> candidates)
    {
        this.context = context;
        this.options = options;
        this.samples = samples;
        this.candidates = candidates;
        this.step = step;
        blocks = context.Pretrained.Model.Blocks;
        folder = new SearchFolder(context.StateFolder, step);
        progress = new AllocationProgress(context.Progress);
        runner = new BlockRunner(context.Pretrained.Model, context.Backend, samples, progress, context.Group);
        working = runner.CreateStates();
        states = new CandidateStates(SlotCount, working, options.StateType);
        text = options.PerplexityFile is null ? null : new CandidateText(context, options, folder, candidates.Count, progress);
        journal = folder.ReadJournal() ?? new SearchJournal
        {
            Lambdas = [.. candidates.Select(candidate => candidate.Lambda)],
            TextSha256 = text?.Sha256,
        };
    }

    private bool IsGlobal => options.DenseReference == DenseReference.Global;

    /// <summary>One for each candidate, and one for the dense model where all are compared with it.</summary>
    private int SlotCount => candidates.Count + (IsGlobal ? 1 : 0);

    /// <summary>Does what the journal does not say is done.</summary>
    public SearchJournal Run(CancellationToken cancellationToken)
    {
        if (journal.FinishedBlocks == 0)
        {
            Embed(cancellationToken);
        }
        else
        {
            Restore();
        }

        foreach (var block in blocks.Skip(journal.FinishedBlocks))
        {
            Run(block, cancellationToken);
        }

        if (text is not null && journal.Perplexities is null)
        {
            journal = journal with { Perplexities = text.Score(cancellationToken), TextStatesSha256 = [] };
            folder.WriteJournal(journal);
        }

        return journal;
    }

    /// <summary>What the blocks have changed in one candidate: for each block, for each layer, dense minus sparse norms of its channels.</summary>
    public IReadOnlyList<IReadOnlyDictionary<Linear, float[]>> Signals(int candidate) =>
    [
        .. blocks.Select(block =>
        {
            var layers = FedLayers(block);
            var signals = folder.ReadSignals(
                block.Index, journal.SignalsSha256[block.Index], candidates.Count, candidate, [.. layers.Select(layer => layer.InputSize)]);
            return layers.Zip(signals).ToDictionary();
        }),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        text?.Dispose();
        states.Dispose();
        working.Dispose();
        runner.Dispose();
    }

    /// <summary>The layers whose channels are rows of others.</summary>
    private List<Linear> FedLayers(TransformerBlock block)
    {
        // Readers may be in this block or the next: the layers of all blocks are asked who reads them.
        var writers = block.Index == 0 ? [block] : new[] { blocks[block.Index - 1], block };
        var read = writers.SelectMany(writer => writer.Linears.Select(layer => ChannelConsumers.Of(blocks, writer, layer))).ToHashSet();
        return [.. block.Linears.Where(read.Contains)];
    }

    private void Restore()
    {
        if (journal.TextSha256 != text?.Sha256)
        {
            throw new InvalidInputException("resume-mismatch", "The text for perplexities is not the one that the search began with.")
            {
                File = options.PerplexityFile,
                Hint = "Resume with the same text, or start again with `force`.",
            };
        }

        for (int slot = 0; slot < journal.StatesSha256.Count; slot++)
        {
            states.Restore(slot, folder.States(journal.FinishedBlocks, slot), journal.StatesSha256[slot]);
        }

        if (journal.TextStatesSha256.Count > 0)
        {
            text!.Restore(journal);
        }
    }

    private void Embed(CancellationToken cancellationToken)
    {
        using var loaded = new LoadedParameters(context.Pretrained, context.Pretrained.Model.EmbeddingParameters, cancellationToken);
        runner.Embed(working, cancellationToken);
        for (int slot = 0; slot < SlotCount; slot++)
        {
            states.Store(slot, working);
        }

        text?.Embed(cancellationToken);
    }

    private void Run(TransformerBlock block, CancellationToken cancellationToken)
    {
        using var loaded = new LoadedParameters(context.Pretrained, block.Parameters, cancellationToken);
        using var dense = new DenseWeights(block);
        var fed = FedLayers(block);
        var terms = new List<double[]>();
        var signals = new List<float[][]>();
        progress.Done = 0;
        progress.Passes = (HasCommonReference(block) ? 1 : candidates.Count) + candidates.Count;
        using var common = HasCommonReference(block) ? ObserveCommon(block, cancellationToken) : null;
        for (int i = 0; i < candidates.Count; i++)
        {
            progress.Candidate = FormattableString.Invariant($"{step} step, lambda {candidates[i].Lambda} ({i + 1}/{candidates.Count})");
            states.Load(i, working);
            using var own = common is null ? Pass(block, context.Task.SearchPruner.Needs, propagates: false, cancellationToken) : null;
            var reference = common ?? own!;
            Prune(block, reference, candidates[i], cancellationToken);
            using var pruned = PassPruned(i, block, cancellationToken);
            dense.Restore();
            terms.Add([.. block.Linears.Select(layer => AlignmentTerm.Compute(reference.ProfileOf(layer), pruned.ProfileOf(layer)))]);
            signals.Add([.. fed.Select(layer => Difference(reference.ProfileOf(layer), pruned.ProfileOf(layer)))]);
        }

        Keep(block, [.. terms], signals, cancellationToken);
    }

    /// <summary>Whether the dense pass is the same for all candidates, because none has pruned anything before, or because it is the model's.</summary>
    private bool HasCommonReference(TransformerBlock block) => IsGlobal || block.Index == 0;

    private ProfileObserver ObserveCommon(TransformerBlock block, CancellationToken cancellationToken)
    {
        // Without states of the dense model any candidate's serve: they have all come from the embeddings.
        int slot = IsGlobal ? candidates.Count : 0;
        progress.Candidate = $"{step} step, dense";
        states.Load(slot, working);
        var observer = Pass(block, context.Task.SearchPruner.Needs, propagates: IsGlobal && !IsLast(block), cancellationToken);
        states.Store(slot, working);
        return observer;
    }

    private bool IsLast(TransformerBlock block) => block.Index + 1 == blocks.Count;

    private ProfileObserver PassPruned(int candidate, TransformerBlock block, CancellationToken cancellationToken)
    {
        using var packed = new PrunedBlock(block, context.Backend, samples.TokenCount);
        var observer = Pass(block, StatisticKinds.None, propagates: !IsLast(block), cancellationToken);
        states.Store(candidate, working);
        text?.Propagate(candidate, block, cancellationToken);
        return observer;
    }

    /// <summary>Runs the working states through the block as it is; without propagation they stay as they are.</summary>
    private ProfileObserver Pass(TransformerBlock block, StatisticKinds kinds, bool propagates, CancellationToken cancellationToken)
    {
        var observer = new ProfileObserver(context.Backend, kinds, samples.Samples, options.WeighsHarmonically);
        if (propagates)
        {
            runner.Propagate(block, working, cancellationToken, observer);
        }
        else
        {
            runner.Observe(block, working, observer, cancellationToken);
        }

        progress.Done++;
        return observer;
    }

    private void Prune(TransformerBlock block, ProfileObserver observed, Candidate candidate, CancellationToken cancellationToken)
    {
        foreach (var (place, linear) in block.Linears.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var statistics = observed.StatisticsOf(linear);
            BlockComputation.RequireFinite(block, linear, statistics);
            context.Task.SearchPruner.Prune(
                block,
                linear,
                context.Task.SearchPruner.Needs == StatisticKinds.None ? null : statistics,
                candidate.Targets[block.Index][place],
                context.Backend);
        }
    }

    /// <summary>Writes down what an interrupted search needs to go on behind this block.</summary>
    private void Keep(TransformerBlock block, double[][] terms, List<float[][]> signals, CancellationToken cancellationToken)
    {
        int finished = block.Index + 1;
        string signalsSha256 = folder.WriteSignals(block.Index, signals, cancellationToken);
        journal = journal with
        {
            Terms = [.. journal.Terms, terms],
            SignalsSha256 = [.. journal.SignalsSha256, signalsSha256],
            StatesSha256 = IsLast(block) || !context.KeepsStates
                ? [] : [.. Enumerable.Range(0, SlotCount).Select(slot => states.Save(slot, folder.States(finished, slot), cancellationToken))],
            TextStatesSha256 = context.KeepsStates ? text?.Save(finished, cancellationToken) ?? [] : [],
        };

        // Without states, a step can be gone on from only once it is finished.
        if (context.KeepsStates || (IsLast(block) && text is null))
        {
            folder.WriteJournal(journal);
        }
    }

    private static float[] Difference(ReadOnlySpan<float> dense, ReadOnlySpan<float> sparse)
    {
        float[] difference = new float[dense.Length];
        TensorPrimitives.Subtract(dense, sparse, difference);
        return difference;
    }
}
