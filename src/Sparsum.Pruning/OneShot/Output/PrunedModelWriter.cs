using System.Security.Cryptography;
using System.Text;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>
/// Writes the tensors of a model in its own names and types, block after block: pruned ones from memory, all others byte for byte from the
/// source. Shards get their final names together at the end.
/// </summary>
internal sealed class PrunedModelWriter : IDisposable
{
    /// <summary>The file that says what the weights are.</summary>
    public const string ConfigName = "config.json";

    private const int RowsAtOnce = 1024;

    private readonly PretrainedModel pretrained;
    private readonly string folder;
    private readonly ShardPlan plan;
    private readonly List<string> others;
    private readonly List<List<string>> blocks;
    private readonly HashSet<string> pruned;
    private readonly List<(Shard Shard, int Index)> places;
    private readonly WeightQuantization? quantization;
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private SafetensorsWriter? writer;

    /// <summary>Plans the files.</summary>
    /// <param name="pretrained">The source.</param>
    /// <param name="folder">Where the files go.</param>
    /// <param name="shardBytes">Largest file.</param>
    /// <param name="quantization">How pruned matrices are rounded, and so stored; null for their own types.</param>
    /// <exception cref="InvalidInputException">A matrix is stored in a type that cannot be written, or two blocks share a tensor.</exception>
    public PrunedModelWriter(PretrainedModel pretrained, string folder, long shardBytes, WeightQuantization? quantization = null)
    {
        this.quantization = quantization;
        this.pretrained = pretrained;
        this.folder = folder;
        var model = pretrained.Model;
        var tensors = pretrained.Checkpoint.Tensors;
        pruned = [.. model.Blocks.SelectMany(block => block.Linears).Select(linear => pretrained.StoredName(linear.Weight))];
        blocks = [.. model.Blocks.Select(block => block.Parameters.Select(pretrained.StoredName).Distinct().ToList())];
        var inBlocks = blocks.SelectMany(names => names).ToList();
        foreach (string name in pruned)
        {
            RequireFloat(tensors[name]);
        }

        RequireUnshared(inBlocks);
        RequireWhole();
        others = [.. tensors.Keys.Except(inBlocks).Order(StringComparer.Ordinal)];
        plan = ShardPlan.Create([.. others.Concat(inBlocks).SelectMany(name => StoredAs(tensors[name]))], shardBytes);
        places = [.. plan.Shards.SelectMany(shard => shard.Layout.Tensors.Select((_, index) => (shard, index)))];
    }

    /// <summary>How many tensors are written.</summary>
    public int WrittenTensors { get; private set; }

    /// <summary>SHA-256 of all that is written, one file after the other.</summary>
    public string WrittenSha256 => Convert.ToHexStringLower(digest.GetCurrentHash());

    /// <summary>Values in tensors that are not pruned.</summary>
    public long OtherElements => pretrained.Checkpoint.Tensors.Values.Where(tensor => !pruned.Contains(tensor.Name)).Sum(tensor => tensor.ElementCount);

    /// <summary>Bytes of the tensors that are still to be written.</summary>
    public long RemainingBytes => places.Skip(WrittenTensors).Sum(place => place.Shard.Layout.Tensors[place.Index].ByteCount);

    /// <summary>The <c>config.json</c> that goes with the weights; null where that of the source does.</summary>
    public byte[]? RewriteConfig() => quantization is null
        ? pretrained.RewrittenConfig
        : CompressedTensors.AddTo(Encoding.UTF8.GetBytes(pretrained.Config.GetRawText()), quantization, pruned);

    /// <summary>Goes on behind what an interrupted run has written, which must be what its journal says.</summary>
    /// <exception cref="InvalidInputException">It is not.</exception>
    /// <exception cref="CheckpointException">A file is missing, too short or another's.</exception>
    public void Restore(int writtenTensors, string sha256)
    {
        int before = 0;
        foreach (var shard in plan.Shards.TakeWhile(_ => before < writtenTensors))
        {
            int count = Math.Min(shard.Layout.Tensors.Count, writtenTensors - before);
            before += count;
            CloseShard();
            string path = PathOf(shard);
            if (File.Exists(path))
            {
                ChecksummedFile.Append(path, digest);
            }
            else
            {
                writer = SafetensorsWriter.Resume(path, shard.Layout, count, digest);
                writer.KeepPartialOnDispose = true;
            }
        }

        WrittenTensors = writtenTensors;
        if (WrittenSha256 != sha256)
        {
            throw ChecksummedFile.Damaged(folder, "weights with another checksum");
        }
    }

    /// <summary>Copies the tensors outside the blocks, which come first.</summary>
    public void WriteOthers(CancellationToken cancellationToken) => Write(others, cancellationToken);

    /// <summary>Writes a block from the values that its parameters have now.</summary>
    public void WriteBlock(int block, CancellationToken cancellationToken) => Write(blocks[block], cancellationToken);

    /// <summary>Makes sure that all that was written is on disk.</summary>
    public void FlushToDisk() => writer?.FlushToDisk();

    /// <summary>Gives the files their names and writes the index. Can be repeated after an interruption.</summary>
    public void Complete()
    {
        CloseShard();
        foreach (var shard in plan.Shards)
        {
            string path = PathOf(shard);
            if (!File.Exists(path))
            {
                using var finished = SafetensorsWriter.Resume(path, shard.Layout, shard.Layout.Tensors.Count);
                finished.KeepPartialOnDispose = true;
                finished.Complete();
            }
        }

        if (plan.ToIndexJson() is { } index)
        {
            AtomicFile.WriteAllText(Path.Combine(folder, ShardPlan.IndexFileName), index);
        }
    }

    /// <summary>Closes the file at hand, which stays to be resumed.</summary>
    public void Dispose()
    {
        CloseShard();
        digest.Dispose();
    }

    private string PathOf(Shard shard) => Path.Combine(folder, shard.FileName);

    private static void RequireFloat(TensorInfo tensor)
    {
        if (tensor.DataType is not (TensorDataType.F64 or TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16))
        {
            throw new InvalidInputException("unsupported-type", $"The matrix '{tensor.Name}' is stored in a type that cannot be pruned.")
            {
                File = tensor.Name,
                Found = tensor.DataType.ToString(),
                Expected = "F32, F16, BF16 or F64",
                Hint = "Prune the model before it is quantised.",
            };
        }
    }

    /// <summary>What is stored as one tensor is rounded as one: no part of it may be left out.</summary>
    private void RequireWhole()
    {
        var selected = pretrained.Model.Blocks.SelectMany(block => block.Linears).Select(linear => linear.Weight).ToHashSet();
        if (quantization is not null && pruned.FirstOrDefault(name => !pretrained.Readers(name).All(selected.Contains)) is { } split)
        {
            throw new InvalidInputException("split-tensor", $"The tensor '{split}' holds several layers, of which some are left out.")
            {
                Option = "exclude",
                Found = string.Join(", ", pretrained.Readers(split).Where(reader => !selected.Contains(reader)).Select(reader => reader.Name)),
                Expected = "all of them or none, where weights are rounded",
            };
        }
    }

    private static void RequireUnshared(List<string> names)
    {
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } shared)
        {
            throw new InvalidInputException("shared-tensor", $"Several blocks share the tensor '{shared.Key}'.")
            {
                File = shared.Key,
                Hint = "Pruning block by block needs blocks with weights of their own.",
            };
        }
    }

    private void Write(List<string> names, CancellationToken cancellationToken)
    {
        foreach (string name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (quantization is not null && pruned.Contains(name))
            {
                WriteQuantized(name);
                continue;
            }

            var shard = OpenShard();
            if (pruned.Contains(name))
            {
                WriteValues(shard, name, cancellationToken);
            }
            else
            {
                shard.CopyFrom(pretrained.Checkpoint, name);
            }

            WrittenTensors++;
        }
    }

    private void WriteValues(SafetensorsWriter shard, string name, CancellationToken cancellationToken)
    {
        using var values = pretrained.Gather(name);
        for (int row = 0; row < values.RowCount; row += RowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            shard.Write(name, values.Rows(row, Math.Min(RowsAtOnce, values.RowCount - row)).Span);
        }
    }

    /// <summary>Writes the tensors of a quantised matrix, each into the file that it belongs to.</summary>
    private void WriteQuantized(string name)
    {
        using var values = pretrained.Gather(name);
        var grid = pretrained.GatherGrid(name) ?? throw new InvalidOperationException($"'{name}' is not quantised.");
        foreach (var part in StoredAs(pretrained.Checkpoint.Tensors[name]))
        {
            CompressedTensors.Write(OpenShard(), part.Name, name, values, grid);
            WrittenTensors++;
        }
    }

    private IReadOnlyList<TensorInfo> StoredAs(TensorInfo tensor) =>
        quantization is not null && pruned.Contains(tensor.Name) ? CompressedTensors.Tensors(tensor, quantization) : [tensor];

    /// <summary>The file that the next tensor belongs to, at the right place: begun with its first tensor, brought back by <see cref="Restore"/> behind it.</summary>
    private SafetensorsWriter OpenShard()
    {
        var (shard, index) = places[WrittenTensors];
        if (index == 0)
        {
            FlushToDisk();
            CloseShard();
            writer = SafetensorsWriter.Create(PathOf(shard), shard.Layout, digest);
            writer.KeepPartialOnDispose = true;
        }

        return writer!;
    }

    private void CloseShard()
    {
        writer?.Dispose();
        writer = null;
    }
}
