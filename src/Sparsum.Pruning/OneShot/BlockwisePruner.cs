using System.Text.Json;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>
/// One-shot pruning of a model folder into another, one block in memory at a time (Frantar and Alistarh 2023; Sun et al. 2024): all layers
/// of a block are scored on one pass of the dense block, whose inputs have come through the pruned blocks before it. A run that is
/// cancelled or killed continues after its last finished block and gives the same bytes.
/// </summary>
/// <param name="backend">What computes; it stays the caller's.</param>
public sealed class BlockwisePruner(IBackend backend)
{
    /// <summary>Name of the file in the output folder that holds the <see cref="PruneResult"/>.</summary>
    public const string ResultFileName = "pruning.json";

    /// <summary>Prunes a model.</summary>
    /// <param name="input">A model folder in Hugging Face layout; it is only read.</param>
    /// <param name="output">The folder to create. It appears when it is complete; until then the work lies in <c>OUTPUT.partial</c>.</param>
    /// <param name="options">What to do.</param>
    /// <param name="existing">What to do with an output or an unfinished run that is there.</param>
    /// <param name="progress">Told of every phase, batch and layer.</param>
    /// <param name="cancellationToken">Stops between batches, layers or tensors; finished blocks are kept for a resume.</param>
    /// <exception cref="InvalidInputException">Model, data, options or folders are wrong, or a resumed run was another one.</exception>
    /// <exception cref="RunFailedException">Numbers are not finite, or the output cannot be written; nothing of it is left.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PruneResult Run(
        string input,
        string output,
        PruneOptions options,
        ExistingOutput existing = ExistingOutput.Refuse,
        IProgress<PruneProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        using var folder = new OutputFolder(input, output);
        var journal = Examine(folder, existing);
        using var pretrained = PretrainedModel.Open(input);
        var saliency = Saliencies.Get(options.Method);
        var rule = MaskRules.For(options.Granularity, options.Pattern);
        foreach (var linear in pretrained.Model.Blocks.SelectMany(block => block.Linears))
        {
            rule.Check(linear.Name, linear.InputSize);
        }

        var calibration = saliency.NeedsCalibration ? CalibrationLoader.Load(options.Calibration!, pretrained, cancellationToken) : null;
        string fingerprint = ModelFingerprint.Compute(pretrained);
        var key = RunKey.Of(options, calibration?.Provenance, fingerprint);
        if (existing == ExistingOutput.Resume && journal is null && ReadResult(folder) is { } finished)
        {
            RunKey.RequireSame(RunKey.Of(finished.Options, finished.Calibration, finished.ModelFingerprint), key, folder.Target);
            return finished with { WasComplete = true, ResumedBlocks = finished.Blocks.Count };
        }

        RunKey.RequireSame(journal?.Key ?? key, key, folder.Work);
        var plan = Allocations.Get(options.Allocation).Allocate(
            new AllocationContext
            {
                Pretrained = pretrained,
                Sparsity = options.Target,
                Saliency = saliency,
                Calibration = calibration,
                Backend = backend,
            },
            cancellationToken);
        using var writer = new PrunedModelWriter(pretrained, folder.Model, options.ShardBytes, journal?.WrittenTensors ?? 0);
        FreeSpace.Require(folder.Target, writer.TotalBytes, MemoryEstimate.For(pretrained, calibration).HiddenStateBytes);
        journal ??= new RunJournal { Key = key, ReplacesOutput = existing == ExistingOutput.Replace, WrittenTensors = 0, Blocks = [] };
        int resumed = journal.Blocks.Count;
        folder.Begin(keep: resumed > 0);
        try
        {
            using var computation = new BlockComputation(pretrained.Model, backend, calibration, progress);
            var run = new RunState(pretrained, folder, writer, computation, progress);
            var blocks = run.Finish(journal, block => computation.Prune(
                block, saliency, rule, layer => plan.Ratio(block.Index, layer), cancellationToken), cancellationToken);
            var result = Summarize(blocks, options, calibration, fingerprint, pretrained, writer);
            AtomicFile.WriteAllBytes(
                Path.Combine(folder.Model, ResultFileName), JsonSerializer.SerializeToUtf8Bytes(result, PruningJson.Default.PruneResult));
            folder.Publish();
            return result with { ResumedBlocks = resumed };
        }
        catch (SparsumException)
        {
            writer.Dispose();
            folder.Discard();
            throw;
        }
        catch when (!File.Exists(folder.Journal))
        {
            writer.Dispose();
            folder.Discard();
            throw;
        }
    }
}
