using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Writes a model as a folder in Hugging Face layout: <c>config.json</c> and <c>model.safetensors</c>.</summary>
public static class ModelWriter
{
    /// <summary>Elements that are handed to the file at once.</summary>
    private const int ChunkElements = 1 << 26;

    /// <summary>Writes a model whose parameters are all loaded. Files of the same names are replaced; the weights come last.</summary>
    /// <param name="folder">The folder; made when it is not there.</param>
    /// <param name="config">The configuration that the model was built from; what was removed since is listed in the file.</param>
    /// <param name="model">The model.</param>
    /// <param name="dataType">F32, F16 or BF16; values are rounded to nearest even.</param>
    /// <param name="cancellationToken">Cancels between tensors; no partial file stays.</param>
    /// <exception cref="ArgumentException">The type is not one of the three, or no architecture takes the configuration.</exception>
    /// <exception cref="InvalidOperationException">A parameter is not loaded.</exception>
    /// <exception cref="RunFailedException">The disk is full or the folder cannot be written.</exception>
    public static void Save(
        string folder,
        ModelConfig config,
        TransformerModel model,
        TensorDataType dataType = TensorDataType.F32,
        CancellationToken cancellationToken = default) =>
        Save(folder, ArchitectureRegistry.BuiltIn.Of(config), config, model, dataType, cancellationToken);

    /// <summary>Writes a model of any architecture.</summary>
    /// <inheritdoc cref="Save(string, ModelConfig, TransformerModel, TensorDataType, CancellationToken)"/>
    /// <param name="folder">The folder; made when it is not there.</param>
    /// <param name="architecture">The family.</param>
    /// <param name="config">The configuration that the model was built from; what was removed since is listed in the file.</param>
    /// <param name="model">The model.</param>
    /// <param name="dataType">F32, F16 or BF16; values are rounded to nearest even.</param>
    /// <param name="cancellationToken">Cancels between tensors; no partial file stays.</param>
    public static void Save(
        string folder,
        IArchitecture architecture,
        ModelConfig config,
        TransformerModel model,
        TensorDataType dataType = TensorDataType.F32,
        CancellationToken cancellationToken = default)
    {
        var json = architecture.Write(ConfiguredBlocks.Describe(architecture, model, config) with
        {
            // Here all weights are written dense.
            Compaction = config.Compaction?.DenseSizes is null ? null : config.Compaction with { Encoding = null },
        });
        json["torch_dtype"] = dataType switch
        {
            TensorDataType.F32 => "float32",
            TensorDataType.F16 => "float16",
            TensorDataType.BF16 => "bfloat16",
            _ => throw new ArgumentException($"Weights are written as F32, F16 or BF16, not {dataType}.", nameof(dataType)),
        };
        CreateFolder(folder);
        AtomicFile.WriteAllBytes(Path.Combine(folder, "config.json"), Format(json));
        WriteWeights(Path.Combine(folder, "model.safetensors"), model, dataType, cancellationToken);
    }

    /// <summary>A configuration with the entries that describe what was removed from a model that was built from it.</summary>
    public static ModelConfig Describe(IArchitecture architecture, ModelConfig config, TransformerModel model) => ConfiguredBlocks.Describe(architecture, model, config);

    /// <summary>
    /// A <c>config.json</c> in which the keys that differ between two configurations have the values of the second; all others, those that
    /// are not known here too, stay as they are.
    /// </summary>
    /// <param name="architecture">The family of both.</param>
    /// <param name="json">The file of the first configuration.</param>
    /// <param name="before">The first configuration.</param>
    /// <param name="after">The second.</param>
    /// <param name="stale">Keys of the file that are no longer true.</param>
    public static byte[] UpdateConfig(
        IArchitecture architecture, JsonElement json, ModelConfig before, ModelConfig after, params ReadOnlySpan<string> stale)
    {
        var (old, updated) = (architecture.Write(before), architecture.Write(after));
        var result = JsonObject.Create(json)!;
        foreach (string key in stale)
        {
            result.Remove(key);
        }

        foreach (string key in old.Concat(updated).Select(entry => entry.Key).Distinct().ToList())
        {
            if (JsonNode.DeepEquals(old[key], updated[key]))
            {
                continue;
            }

            result.Remove(key);
            if (updated[key] is { } value)
            {
                result[key] = value.DeepClone();
            }
        }

        return Format(result);
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (WriteFailure.IsFileSystem(e))
        {
            throw WriteFailure.Describe(e, folder);
        }
    }

    private static void WriteWeights(string path, TransformerModel model, TensorDataType dataType, CancellationToken cancellationToken)
    {
        Parameter[][] groups = [.. model.Parameters.GroupBy(parameter => parameter.Source.TensorName).Select(group => group.ToArray())];
        var layout = new SafetensorsLayout(
            [.. groups.Select(group => new TensorInfo(group[0].Source.TensorName, dataType, StoredLayout.Shape(group[0])))]);
        using var writer = SafetensorsWriter.Create(path, layout);
        foreach (var group in groups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stored = StoredLayout.Assemble(group);
            int rowsAtOnce = Math.Max(1, ChunkElements / Math.Max(1, stored.Columns));
            for (int start = 0; start < stored.RowCount; start += rowsAtOnce)
            {
                writer.Write(group[0].Source.TensorName, stored.Rows(start, Math.Min(rowsAtOnce, stored.RowCount - start)).Span);
            }
        }

        writer.Complete();
    }

    /// <summary>The text of a configuration file.</summary>
    internal static byte[] Format(JsonObject json)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteTo(writer);
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }
}
