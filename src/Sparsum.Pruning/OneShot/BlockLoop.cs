using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>Takes the blocks of a model through load, prune, write and propagate one after the other, with a journal entry after each.</summary>
internal sealed class BlockLoop(
    PretrainedModel pretrained,
    RunFiles files,
    PrunedModelWriter writer,
    BlockComputation computation,
    IProgress<PruneProgress>? progress,
    ProcessGroup group)
{
    private readonly IReadOnlyList<TransformerBlock> blocks = pretrained.Model.Blocks;

    /// <summary>Brings back the hidden states of an interrupted run.</summary>
    public void Restore(RunJournal journal)
    {
        if (journal.HiddenStatesSha256 is { } sha256)
        {
            ChecksummedFile.Read(files.HiddenStates(journal.Blocks.Count), sha256, computation.Hidden!.All);
        }
    }

    /// <summary>Does what the journal does not say is done.</summary>
    public IReadOnlyList<BlockSparsity> Run(
        RunJournal journal, Func<TransformerBlock, BlockSparsity> prune, CancellationToken cancellationToken)
    {
        if (group.IsFirst)
        {
            CopyFiles();
        }

        if (journal.Blocks.Count == 0)
        {
            Embed(cancellationToken);
            if (group.IsFirst)
            {
                Report(PrunePhase.Copy, -1);
                writer.WriteOthers(cancellationToken);
            }
        }

        foreach (var block in blocks.Skip(journal.Blocks.Count))
        {
            journal = Run(block, journal, prune, cancellationToken);
            Report(PrunePhase.BlockDone, block.Index);
        }

        if (group.IsFirst)
        {
            writer.Complete();
        }

        return journal.Blocks;
    }

    private void CopyFiles()
    {
        ModelFiles.Copy(pretrained.Folder, files.Model);
        if (writer.RewriteConfig() is { } config)
        {
            AtomicFile.WriteAllBytes(Path.Combine(files.Model, PrunedModelWriter.ConfigName), config);
        }
    }

    private RunJournal Run(
        TransformerBlock block, RunJournal journal, Func<TransformerBlock, BlockSparsity> prune, CancellationToken cancellationToken)
    {
        using var loaded = Load(block.Parameters, block.Index, cancellationToken);
        var sparsity = prune(block);
        RequireEqual(block);
        if (group.IsFirst)
        {
            Report(PrunePhase.Write, block.Index);
            writer.WriteBlock(block.Index, cancellationToken);
        }

        int finished = block.Index + 1;
        bool isPropagated = computation.Hidden is not null && finished < blocks.Count;
        if (isPropagated)
        {
            computation.Propagate(block, cancellationToken);
        }

        journal = journal with { Blocks = [.. journal.Blocks, sparsity] };
        return group.IsFirst ? Keep(journal, finished, isPropagated, cancellationToken) : journal;
    }

    private RunJournal Keep(RunJournal journal, int finished, bool isPropagated, CancellationToken cancellationToken)
    {
        string? sha256 = isPropagated ? ChecksummedFile.Write(files.HiddenStates(finished), computation.Hidden!.All, cancellationToken) : null;

        // The journal may only speak of what is on disk; the states of the block before serve until it does.
        writer.FlushToDisk();
        journal = journal with
        {
            WrittenTensors = writer.WrittenTensors,
            WrittenSha256 = writer.WrittenSha256,
            HiddenStatesSha256 = sha256,
        };
        journal.Write(files.Journal);
        files.KeepHiddenStates(finished);
        return journal;
    }

    /// <summary>Processes that run together have pruned the same weights, or the run ends before they are written.</summary>
    private void RequireEqual(TransformerBlock block)
    {
        if (!group.HasOthers)
        {
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var linear in block.Linears)
        {
            hash.AppendData(MemoryMarshal.AsBytes(linear.Weight.Value.Span));
        }

        group.RequireEqual(hash.GetHashAndReset(), FormattableString.Invariant($"weights of block {block.Index}"));
    }

    private void Embed(CancellationToken cancellationToken)
    {
        if (computation.Hidden is not null)
        {
            using var loaded = Load(pretrained.Model.EmbeddingParameters, -1, cancellationToken);
            computation.Embed(cancellationToken);
        }
    }

    private LoadedParameters Load(IEnumerable<Parameter> parameters, int block, CancellationToken cancellationToken)
    {
        Report(PrunePhase.Load, block);
        return new LoadedParameters(pretrained, parameters, cancellationToken);
    }

    private void Report(PrunePhase phase, int block) => progress?.Report(new PruneProgress(phase, block, blocks.Count));
}
