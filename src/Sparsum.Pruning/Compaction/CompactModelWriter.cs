using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Compaction;

/// <summary>Writes planned tensors in their order, spread over files.</summary>
internal sealed class CompactModelWriter : IDisposable
{
    private const int RowsAtOnce = 1024;

    private readonly PretrainedModel pretrained;
    private readonly string folder;
    private readonly ShardPlan plan;
    private readonly Queue<Shard> shards;
    private SafetensorsWriter? writer;

    /// <summary>Plans the files.</summary>
    /// <param name="pretrained">Where values come from.</param>
    /// <param name="folder">Where the files go.</param>
    /// <param name="tensors">All tensors in the order in which they will be written.</param>
    /// <param name="shardBytes">Largest file.</param>
    public CompactModelWriter(PretrainedModel pretrained, string folder, IReadOnlyList<PlannedTensor> tensors, long shardBytes)
    {
        this.pretrained = pretrained;
        this.folder = folder;
        bool isSparse = tensors.Any(tensor => tensor.Sparse is not null);
        plan = ShardPlan.Create(
            [.. tensors.SelectMany(tensor => tensor.Stored)], shardBytes, isSparse ? WeightFiles.Compact : WeightFiles.Standard);
        shards = new Queue<Shard>(plan.Shards);
    }

    /// <summary>Bytes of all tensors.</summary>
    public long TotalBytes => plan.TotalBytes;

    /// <summary>Writes tensors, which are due, from the values that the model's parameters have now.</summary>
    public void Write(IEnumerable<PlannedTensor> tensors, CancellationToken cancellationToken)
    {
        foreach (var tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (tensor.IsCopied)
            {
                Writer().CopyFrom(pretrained.Checkpoint, tensor.Info.Name);
                continue;
            }

            using var values = pretrained.Gather(tensor.Info.Name);
            if (tensor.Sparse is { } sparse)
            {
                var matrix = new BitmaskMatrix(sparse, values);
                foreach (var _ in sparse.Parts)
                {
                    matrix.WriteNext(Writer());
                }

                continue;
            }

            for (int row = 0; row < values.RowCount; row += RowsAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Writer().Write(tensor.Info.Name, values.Rows(row, Math.Min(RowsAtOnce, values.RowCount - row)).Span);
            }
        }
    }

    /// <summary>Gives the last file its name and writes the index.</summary>
    public void Complete()
    {
        writer?.Complete();
        if (plan.ToIndexJson() is { } index)
        {
            AtomicFile.WriteAllText(Path.Combine(folder, plan.Files.Index), index);
        }
    }

    /// <summary>Closes the file at hand.</summary>
    public void Dispose() => writer?.Dispose();

    /// <summary>The file in which a tensor is due.</summary>
    private SafetensorsWriter Writer()
    {
        if (writer?.Next is not null)
        {
            return writer;
        }

        writer?.Complete();
        writer?.Dispose();
        var shard = shards.Dequeue();
        return writer = SafetensorsWriter.Create(Path.Combine(folder, shard.FileName), shard.Layout);
    }
}
