using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>A text that goes through every candidate's pruned blocks beside the calibration sequences, for the sake of its perplexity.</summary>
internal sealed class CandidateText : IDisposable
{
    private readonly PretrainedModel pretrained;
    private readonly CausalLanguageModel model;
    private readonly SearchFolder folder;
    private readonly int count;
    private readonly CalibrationSet windows;
    private readonly BlockRunner runner;
    private readonly HiddenStates working;
    private readonly CandidateStates states;

    /// <summary>Reads and cuts the text.</summary>
    /// <exception cref="InvalidInputException">The file is missing or too short, or the model is no language model.</exception>
    public CandidateText(AllocationContext context, SearchRules options, SearchFolder folder, int count, IProgress<PruneProgress> progress)
    {
        pretrained = context.Pretrained;
        model = pretrained.LanguageModel;
        this.folder = folder;
        this.count = count;
        windows = options.WindowsOfText(context.Calibration!.SequenceLength)!.Read(pretrained);
        runner = new BlockRunner(model, context.Backend, windows, progress, context.Group);
        working = runner.CreateStates();
        states = new CandidateStates(count, working, options.StateType);
    }

    /// <summary>Identifies the windows.</summary>
    public string Sha256 => windows.Provenance.IdsSha256;

    /// <summary>Computes what enters block 0; the embeddings must be loaded.</summary>
    public void Embed(CancellationToken cancellationToken)
    {
        runner.Embed(working, cancellationToken);
        for (int i = 0; i < count; i++)
        {
            states.Store(i, working);
        }
    }

    /// <summary>Runs a candidate's states through a block as it is.</summary>
    public void Propagate(int candidate, Transformers.Layers.TransformerBlock block, CancellationToken cancellationToken)
    {
        states.Load(candidate, working);
        runner.Propagate(block, working, cancellationToken);
        states.Store(candidate, working);
    }

    /// <summary>Writes the states behind a number of finished blocks.</summary>
    public IReadOnlyList<string> Save(int finishedBlocks, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(0, count).Select(i => states.Save(i, folder.TextStates(finishedBlocks, i), cancellationToken))];

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Restore(SearchJournal journal)
    {
        for (int i = 0; i < count; i++)
        {
            states.Restore(i, folder.TextStates(journal.FinishedBlocks, i), journal.TextStatesSha256[i]);
        }
    }

    /// <summary>Every candidate's perplexity, from the states behind the last block.</summary>
    public double[] Score(CancellationToken cancellationToken)
    {
        using var loaded = new LoadedParameters(pretrained, model.HeadParameters, cancellationToken);
        double[] perplexities = new double[count];
        for (int i = 0; i < count; i++)
        {
            states.Load(i, working);
            perplexities[i] = WindowPerplexity.Compute(model, runner.Computation, windows, working.States, progress: null, cancellationToken);
        }

        return perplexities;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        states.Dispose();
        working.Dispose();
        runner.Dispose();
    }
}
