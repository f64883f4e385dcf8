
namespace Sparsum.Transformers.Checkpoints;

/// <summary>A checkpoint that is split over several files of one folder, with an index that says which holds which tensor.</summary>
public sealed class ShardedCheckpoint : ICheckpoint
{
    private const int MaxListed = 10;

    private readonly SortedDictionary<string, ICheckpoint> shards;
    private readonly IReadOnlyDictionary<string, string> map;
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly string index;

    private ShardedCheckpoint(string index, IReadOnlyDictionary<string, string> map, SortedDictionary<string, ICheckpoint> shards)
    {
        this.index = index;
        this.map = map;
        this.shards = shards;
        foreach (var (shard, file) in shards)
        {
            foreach (var (name, info) in file.Tensors)
            {
                if (!tensors.TryAdd(name, info))
                {
                    throw new CheckpointException("duplicate-tensor", $"Tensor '{name}' lies in more than one shard of '{index}'.")
                    {
                        File = index,
                        Found = shard,
                        Expected = map.GetValueOrDefault(name, "one shard"),
                        Hint = "Remove shards that belong to another model from the folder.",
                    };
                }
            }
        }

        CheckPlaces();
        foreach (string name in tensors.Keys.Where(name => !map.ContainsKey(name)).ToList())
        {
            tensors.Remove(name);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>Opens an index file, e.g. <c>model.safetensors.index.json</c>, and all shards that it names.</summary>
    /// <exception cref="CheckpointException">The index is damaged, or shards or tensors are missing.</exception>
    public static ShardedCheckpoint Open(string index)
    {
        var map = ShardIndex.Read(index);
        string folder = Path.GetDirectoryName(Path.GetFullPath(index))!;
        var names = map.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        var missing = names.Where(name => !File.Exists(Path.Combine(folder, name))).ToList();
        if (missing.Count > 0)
        {
            throw new CheckpointException("missing-shard", $"{missing.Count} of {names.Count} shards of '{index}' are missing.")
            {
                File = index,
                Found = $"no {string.Join(", ", missing)}",
                Expected = "all shards in the folder of the index",
                Hint = "Fetch the missing files into that folder.",
            };
        }

        var shards = new SortedDictionary<string, ICheckpoint>(StringComparer.Ordinal);
        try
        {
            foreach (string name in names)
            {
                shards.Add(name, Checkpoint.OpenTensors(Path.Combine(folder, name)));
            }

            return new ShardedCheckpoint(index, map, shards);
        }
        catch
        {
            Close(shards);
            throw;
        }
    }

    /// <inheritdoc/>
    public string FileOf(string name) => ShardOf(name).FileOf(name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination) => ShardOf(name).Read(name, destination);

    /// <inheritdoc/>
    public void ReadRows(string name, int start, int count, Span<float> destination) =>
        ShardOf(name).ReadRows(name, start, count, destination);

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => ShardOf(name).ReadIntegers(name);

    /// <inheritdoc/>
    public void CopyBytes(string name, Stream destination) => ShardOf(name).CopyBytes(name, destination);

    /// <inheritdoc/>
    public void Dispose() => Close(shards);

    private static void Close(SortedDictionary<string, ICheckpoint> shards)
    {
        foreach (var shard in shards.Values)
        {
            shard.Dispose();
        }
    }

    private void CheckPlaces()
    {
        var misplaced = map.Where(place => !shards[place.Value].Tensors.ContainsKey(place.Key)).ToList();
        if (misplaced.Count == 0)
        {
            return;
        }

        var listed = misplaced.Take(MaxListed).Select(place => $"{place.Key} in {place.Value}");
        throw new CheckpointException("missing-tensor", $"{misplaced.Count} tensors are not in the shards that '{index}' names.")
        {
            File = index,
            Found = $"no {string.Join(", ", listed)}{(misplaced.Count > MaxListed ? ", ..." : "")}",
            Expected = "every tensor in its shard",
            Hint = "Index and shards do not belong together; fetch them again.",
        };
    }

    private ICheckpoint ShardOf(string name) => map.TryGetValue(name, out string? shard)
        ? shards[shard]
        : throw new CheckpointException("missing-tensor", $"'{index}' has no tensor '{name}'.")
        {
            File = index,
            Found = $"{map.Count} other tensors",
            Expected = name,
            Hint = "Check that the configuration belongs to these weights.",
        };
}
