using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Writes the weights of an opened model, as they are on disk, and its configuration as a folder in Hugging Face layout.</summary>
public static class SafetensorsExport
{
    private const int ChunkElements = 1 << 20;

    /// <summary>Element types that weights can be written as.</summary>
    public static IReadOnlyList<TensorDataType> Types { get; } = [TensorDataType.F32, TensorDataType.F16, TensorDataType.BF16];

    /// <summary>Writes <c>config.json</c> and the weights, dense, under the names they have, in shards of the usual size.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The folder, which is there; files of the same names are replaced.</param>
    /// <param name="type">The type of all weights; null for the one that each has.</param>
    /// <param name="progress">Told after each tensor the share that is written.</param>
    /// <param name="cancellationToken">Cancels between tensors.</param>
    /// <exception cref="ArgumentException">The type is not one of <see cref="Types"/>.</exception>
    /// <exception cref="InvalidInputException">A value is not finite, or the checkpoint is damaged.</exception>
    /// <exception cref="RunFailedException">A file cannot be written, or a value is too large for its type.</exception>
    /// <returns>What the type did to the values.</returns>
    public static Rounding Write(
        PretrainedModel model,
        string folder,
        TensorDataType? type = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (type is { } wanted)
        {
            RequireType(wanted);
        }

        WriteConfig(model, folder, type);
        var tensors = model.Checkpoint.Tensors.Values.Select(info => IsWeight(info) && type is { } target ? info with { DataType = target } : info);
        var plan = ShardPlan.Create([.. tensors]);
        int written = 0;
        var rounding = new Rounding();
        foreach (var shard in plan.Shards)
        {
            using var writer = SafetensorsWriter.Create(Path.Combine(folder, shard.FileName), shard.Layout);
            foreach (var info in shard.Layout.Tensors)
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteTensor(model.Checkpoint, writer, info, rounding);
                progress?.Report((double)++written / model.Checkpoint.Tensors.Count);
            }

            writer.Complete();
        }

        if (plan.ToIndexJson() is { } index)
        {
            AtomicFile.WriteAllText(Path.Combine(folder, ShardPlan.IndexFileName), index);
        }

        return rounding;
    }

    /// <summary>
    /// Gives all floating-point weights of a finished folder another type, file by file; sparse matrices stay sparse. What is not a weight stays
    /// as it is. Where it fails, some files are of the old type and some of the new one: it is for folders that are not in place yet.
    /// </summary>
    /// <param name="folder">A folder in Hugging Face layout, or what compaction wrote.</param>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="cancellationToken">Cancels between tensors.</param>
    /// <returns>What that did to the values.</returns>
    /// <exception cref="ArgumentException">The type is not one of <see cref="Types"/>.</exception>
    /// <exception cref="InvalidInputException">A value is not finite, or a file is damaged.</exception>
    /// <exception cref="RunFailedException">A value is too large for the type (<c>value-overflow</c>, with its tensor), or a file cannot be written.</exception>
    public static Rounding Retype(string folder, TensorDataType type, CancellationToken cancellationToken = default)
    {
        RequireType(type);
        var rounding = new Rounding();
        long total = 0;
        string[] files = [.. Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".safetensors" or ".sparsum").Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            SafetensorsWriter writer;
            using (var source = SafetensorsFile.Open(file))
            {
                TensorInfo[] tensors = [.. source.Tensors.Values.Select(info => IsWeight(info) ? info with { DataType = type } : info)];
                writer = SafetensorsWriter.Create(file, new SafetensorsLayout(tensors));
                using var abandoned = new Abandoned(writer);
                foreach (var info in tensors)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    WriteTensor(source, writer, info, rounding);
                    total += info.ByteCount;
                }

                abandoned.Keep();
            }

            using (writer)
            {
                writer.Complete();
            }
        }

        UpdateIndex(folder, total);
        string path = Path.Combine(folder, ModelFolder.ConfigName);
        var config = (JsonObject)StrictJson.ReadNode(path)!;
        SetType(config, type);
        AtomicFile.WriteAllBytes(path, ModelWriter.Format(config));
        return rounding;
    }

    private static void UpdateIndex(string folder, long total)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.index.json"))
        {
            var index = (JsonObject)StrictJson.ReadNode(file)!;
            index["metadata"]!["total_size"] = total;
            AtomicFile.WriteAllBytes(file, ModelWriter.Format(index));
        }
    }

    private static void RequireType(TensorDataType type)
    {
        if (!Types.Contains(type))
        {
            throw new ArgumentException($"Weights are written as {string.Join(", ", Types)}, not {type}.", nameof(type));
        }
    }

    private static void SetType(JsonObject config, TensorDataType type) => config[config.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = type switch
    {
        TensorDataType.F16 => "float16",
        TensorDataType.BF16 => "bfloat16",
        _ => "float32",
    };

    // Other tensors, such as position ids, are copied as they are.
    private static bool IsWeight(TensorInfo info) => !info.DataType.IsInteger() && info.DataType.IsReadable();

    /// <summary>Writes <c>config.json</c> for weights that are stored dense in a type; null leaves the type that it tells.</summary>
    internal static void WriteConfig(PretrainedModel model, string folder, TensorDataType? type)
    {
        var before = model.ModelConfig;
        var after = before.Compaction is null ? before : before with { Compaction = before.Compaction with { Encoding = null } };
        byte[] text = ModelWriter.UpdateConfig(model.Architecture, model.Config, before, after);
        if (type is { } given)
        {
            var config = (JsonObject)JsonNode.Parse(text)!;
            SetType(config, given);
            text = ModelWriter.Format(config);
        }

        AtomicFile.WriteAllBytes(Path.Combine(folder, ModelFolder.ConfigName), text);
    }

    private static void WriteTensor(ICheckpoint source, SafetensorsWriter writer, TensorInfo info, Rounding rounding)
    {
        var stored = source.Tensors[info.Name];
        if (!IsWeight(stored))
        {
            writer.CopyFrom(source, info.Name);
            return;
        }

        int rows = stored.Shape.Count == 0 ? 1 : stored.Shape[0];
        int rowElements = (int)(stored.ElementCount / Math.Max(1, rows));
        int rowsAtOnce = Math.Clamp(ChunkElements / Math.Max(1, rowElements), 1, Math.Max(1, rows));
        var values = new float[rowsAtOnce * rowElements];
        for (int start = 0; start < rows; start += rowsAtOnce)
        {
            int count = Math.Min(rowsAtOnce, rows - start);
            var chunk = values.AsSpan(0, count * rowElements);
            if (stored.Shape.Count == 0)
            {
                source.Read(info.Name, chunk);
            }
            else
            {
                source.ReadRows(info.Name, start, count, chunk);
            }

            rounding.Add(info.Name, info.DataType, chunk);
            FiniteCheck.Run(chunk, info.Name, source.FileOf(info.Name));
            writer.Write(info.Name, chunk);
        }
    }

    /// <summary>Removes the unfinished file of a writer that was not kept.</summary>
    private sealed class Abandoned(SafetensorsWriter writer) : IDisposable
    {
        private bool isKept;

        public void Keep() => isKept = true;

        public void Dispose()
        {
            if (!isKept)
            {
                writer.Dispose();
            }
        }
    }
}
