using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>How the tensors of a model are spread over files, with their names.</summary>
public sealed class ShardPlan
{
    /// <summary>The usual largest size of a shard, in bytes.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>Name of the index file of <see cref="WeightFiles.Standard"/> where there is more than one shard.</summary>
    public const string IndexFileName = "model.safetensors.index.json";

    private ShardPlan(IReadOnlyList<Shard> shards, WeightFiles files) => (Shards, Files) = (shards, files);

    /// <summary>How the files are called.</summary>
    public WeightFiles Files { get; }

    /// <summary>The files in order; a single one needs no index.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Bytes of all tensors together, headers not counted.</summary>
    public long TotalBytes => Shards.Sum(shard => shard.Layout.Tensors.Sum(tensor => tensor.ByteCount));

    /// <summary>
    /// Spreads tensors, in their order, over shards of at most <paramref name="maxShardBytes"/>; a larger tensor gets its own.
    /// </summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="maxShardBytes">Largest file.</param>
    /// <param name="files">Names of the files; null for those that Hugging Face libraries look for.</param>
    public static ShardPlan Create(IReadOnlyList<TensorInfo> tensors, long maxShardBytes = DefaultShardBytes, WeightFiles? files = null)
    {
        files ??= WeightFiles.Standard;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardBytes);
        var groups = new List<List<TensorInfo>> { new() };
        long size = 0;
        foreach (var tensor in tensors)
        {
            if (groups[^1].Count > 0 && size + tensor.ByteCount > maxShardBytes)
            {
                groups.Add([]);
                size = 0;
            }

            groups[^1].Add(tensor);
            size += tensor.ByteCount;
        }

        return new ShardPlan([.. groups.Select((group, i) => new Shard(files.NameOf(i, groups.Count), new SafetensorsLayout(group)))], files);
    }

    /// <summary>The index file's text: total size and the shard of every tensor, sorted by name; null for a single file.</summary>
    public string? ToIndexJson()
    {
        if (Shards.Count == 1)
        {
            return null;
        }

        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", TotalBytes);
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            var places = Shards.SelectMany(shard => shard.Layout.Tensors.Select(tensor => (tensor.Name, shard.FileName)));
            foreach (var (name, file) in places.OrderBy(place => place.Name, StringComparer.Ordinal))
            {
                json.WriteString(name, file);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
