using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>How the tensors of a model are spread over files, with the names that Hugging Face libraries look for.</summary>
public sealed class ShardPlan
{
    /// <summary>The usual largest size of a shard, in bytes.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>Name of the index file where there is more than one shard.</summary>
    public const string IndexFileName = "model.safetensors.index.json";

    private ShardPlan(IReadOnlyList<Shard> shards) => Shards = shards;

    /// <summary>The files in order; a single one is <c>model.safetensors</c> and needs no index.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Bytes of all tensors together, headers not counted.</summary>
    public long TotalBytes => Shards.Sum(shard => shard.Layout.Tensors.Sum(tensor => tensor.ByteCount));

    /// <summary>
    /// Spreads tensors, in their order, over shards of at most <paramref name="maxShardBytes"/>; a larger tensor gets its own.
    /// </summary>
    public static ShardPlan Create(IReadOnlyList<TensorInfo> tensors, long maxShardBytes = DefaultShardBytes)
    {
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

        return new ShardPlan([.. groups.Select((group, i) => new Shard(NameOf(i, groups.Count), new SafetensorsLayout(group)))]);
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

    private static string NameOf(int index, int count) => count == 1
        ? "model.safetensors"
        : string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:D5}-of-{count:D5}.safetensors");
}
