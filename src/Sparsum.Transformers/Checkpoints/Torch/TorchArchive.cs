using System.Text;

namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>What <c>torch.save</c> has written since PyTorch 1.6: a zip archive with <c>data.pkl</c> and one entry per storage.</summary>
internal sealed class TorchArchive : TorchContainer
{
    private const string PickleName = "data.pkl";

    private readonly ByteSource file;
    private readonly string path;
    private readonly ZipDirectory directory;
    private readonly string prefix;
    private readonly Dictionary<string, ByteSource> opened = new(StringComparer.Ordinal);

    /// <summary>Reads the pickle of an archive.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">The archive or its pickle is not acceptable.</exception>
    public TorchArchive(ByteSource file, string path)
    {
        this.file = file;
        this.path = path;
        directory = new ZipDirectory(file, path);
        var pickles = directory.Entries.Values.Where(entry => entry.Name == PickleName || entry.Name.EndsWith("/" + PickleName)).ToList();
        if (pickles.Count != 1)
        {
            throw PickleErrors.BadArchive(path, $"has {pickles.Count} entries named '{PickleName}' instead of one");
        }

        var pickle = pickles[0];
        if (pickle.Length > MaxPickleBytes)
        {
            throw PickleErrors.Limit(path, "a size", $"{pickle.Length} bytes", $"at most {MaxPickleBytes}");
        }

        prefix = pickle.Name[..^PickleName.Length];
        try
        {
            CheckByteOrder();
            Root = new Unpickler(new PickleInput(Open(pickle), path), path).Read();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override object? Root { get; }

    /// <inheritdoc/>
    public override ByteSource Find(TorchStorage storage)
    {
        string name = $"{prefix}data/{storage.Key}";
        if (!directory.Entries.TryGetValue(name, out var entry))
        {
            throw PickleErrors.BadArchive(path, $"has no entry '{name}'");
        }

        long claimed = ByteCount(storage, path);
        return claimed <= entry.Length
            ? Open(entry)
            : throw PickleErrors.BadTensor(path, "a storage that is cut off", $"{entry.Length} bytes", $"{claimed} bytes");
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var entry in opened.Values)
        {
            (entry as IDisposable)?.Dispose();
        }
    }

    private void CheckByteOrder()
    {
        if (!directory.Entries.TryGetValue(prefix + "byteorder", out var entry))
        {
            return;
        }

        Span<byte> order = stackalloc byte[6];
        if (entry.Length != order.Length)
        {
            throw PickleErrors.BadArchive(path, "is not little endian");
        }

        Open(entry).Read(0, order);
        if (Encoding.ASCII.GetString(order) != "little")
        {
            throw PickleErrors.BadArchive(path, "is not little endian");
        }
    }

    private ByteSource Open(ZipEntry entry)
    {
        if (!opened.TryGetValue(entry.Name, out var source))
        {
            source = new SourceRegion(file, directory.FindData(entry), entry.StoredLength);
            source = entry.IsDeflated ? new DeflatedEntry(source, entry.Length, path) : source;
            opened.Add(entry.Name, source);
        }

        return source;
    }
}
