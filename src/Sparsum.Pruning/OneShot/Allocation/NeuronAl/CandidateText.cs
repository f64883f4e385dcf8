using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>A text that goes through every candidate's pruned blocks beside the calibration sequences, for the sake of its perplexity.</summary>
internal sealed class CandidateText : IDisposable
{
    /// <summary>Target of the last token of a window, which predicts nothing.</summary>
    private const int NoTarget = -100;

    /// <summary>Most logits that exist at a time.</summary>
    private const int LargestLogits = 1 << 24;

    private readonly PretrainedModel pretrained;
    private readonly CausalLanguageModel model;
    private readonly IBackend backend;
    private readonly SearchFolder folder;
    private readonly int count;
    private readonly CalibrationSet windows;
    private readonly BlockRunner runner;
    private readonly HiddenStates working;
    private readonly CandidateStates states;

    /// <summary>Reads and cuts the text.</summary>
    /// <exception cref="InvalidInputException">The file is missing or too short, or the model is no language model.</exception>
    public CandidateText(AllocationContext context, NeuronAlOptions options, SearchFolder folder, int count, IProgress<PruneProgress> progress)
    {
        pretrained = context.Pretrained;
        model = pretrained.LanguageModel;
        backend = context.Backend;
        this.folder = folder;
        this.count = count;
        windows = ReadWindows(pretrained, options, context.Calibration!.SequenceLength);
        runner = new BlockRunner(model, backend, windows, progress);
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
            perplexities[i] = Score(working, cancellationToken);
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

    private static CalibrationSet ReadWindows(PretrainedModel pretrained, NeuronAlOptions options, int length)
    {
        string path = options.PerplexityFile!;
        if (!File.Exists(path))
        {
            throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check neuronal.perplexity." };
        }

        var all = CalibrationIds.IsIdsFile(path) ? CalibrationIds.Read(path).Sequences : Tokenize(pretrained, path, length);
        int[][] used = [.. options.PerplexityWindows == 0 ? all : all.Take(options.PerplexityWindows)];
        return new CalibrationSet(used, new CalibrationProvenance
        {
            File = path,
            FileSha256 = "",
            IdsSha256 = CalibrationSet.Hash(used),
            Rule = CalibrationRules.Ids,
            Samples = used.Length,
            SequenceLength = used[0].Length,
            Seed = 0,
            Documents = 0,
            DocumentDraws = 0,
        });
    }

    private static IReadOnlyList<int[]> Tokenize(PretrainedModel pretrained, string path, int length)
    {
        var file = TextFile.Read(path);
        var protocol = file.IsJsonLines ? PerplexityProtocol.Concatenated : PerplexityProtocol.Joined;
        return TokenizedText.Create(
            file, pretrained.Tokenizer, pretrained.Model.MaxPositions, new PerplexityOptions { Protocol = protocol, Window = length }).Sequences;
    }

    private double Score(HiddenStates finishedBlocks, CancellationToken cancellationToken)
    {
        double total = 0;
        int chunk = Math.Max(1, LargestLogits / model.VocabularySize);
        foreach (var batch in CalibrationBatches.Of(windows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pass = model.BeginPass(runner.Computation, batch.Tokens);
            using var finished = model.Finish(pass, batch.Rows(finishedBlocks));
            int[] targets = Targets(batch.Tokens.InputIds, batch.Tokens.Length);
            double[] losses = new double[targets.Length];
            for (int start = 0; start < losses.Length; start += chunk)
            {
                int rows = Math.Min(chunk, losses.Length - start);
                using var logits = model.Head.Forward(pass, finished.Rows(start, rows));
                backend.CrossEntropy(logits, targets.AsSpan(start, rows), losses.AsSpan(start, rows));
            }

            total += losses.Sum();
        }

        return Math.Exp(total / (windows.Samples * (windows.SequenceLength - 1.0)));
    }

    private static int[] Targets(int[] ids, int length)
    {
        int[] targets = [.. ids[1..], NoTarget];
        for (int last = length - 1; last < targets.Length; last += length)
        {
            targets[last] = NoTarget;
        }

        return targets;
    }
}
