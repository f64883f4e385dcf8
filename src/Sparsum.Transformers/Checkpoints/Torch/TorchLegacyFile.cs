using System.Buffers.Binary;

namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>
/// What <c>torch.save</c> wrote before PyTorch 1.6, and many published checkpoints still are: five pickles (magic number, protocol, system,
/// value, keys of the storages) and then each storage with its number of elements.
/// </summary>
internal sealed class TorchLegacyFile : TorchContainer
{
    private const int FormatProtocol = 1001;

    // Protocol 2, a ten-byte integer, stop.
    private static readonly byte[] Magic =
        [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E];

    private readonly ByteSource file;
    private readonly string path;
    private readonly Dictionary<string, ByteSource> storages = new(StringComparer.Ordinal);

    /// <summary>Reads the pickles and finds the storages.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">The file is damaged or its pickle is not acceptable.</exception>
    public TorchLegacyFile(ByteSource file, string path)
    {
        this.file = file;
        this.path = path;
        var input = new PickleInput(new SourceRegion(file, 0, Math.Min(file.Length, MaxPickleBytes)), path);
        for (int i = 0; i < Magic.Length; i++)
        {
            input.ReadByte();
        }

        if (Unpickle(input) is not (long and FormatProtocol))
        {
            throw PickleErrors.Structure(path, "a format version", "another", $"{FormatProtocol}");
        }

        CheckSystem(Unpickle(input));
        var unpickler = new Unpickler(input, path);
        Root = unpickler.Read();
        if (Unpickle(input) is not PickleList keys)
        {
            throw PickleErrors.Structure(path, "another value", "no list", "the keys of the storages");
        }

        LocateStorages(keys, unpickler.Storages, input.Position);
    }

    /// <inheritdoc/>
    public override object? Root { get; }

    /// <summary>Whether a file begins as these files do.</summary>
    public static bool Matches(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Number of bytes to look at for <see cref="Matches"/>.</summary>
    public static int MagicLength => Magic.Length;

    /// <inheritdoc/>
    public override ByteSource Find(TorchStorage storage) => storages.TryGetValue(storage.Key, out var source)
        ? source
        : throw PickleErrors.Structure(path, "a tensor", $"storage {storage.Key}", "a storage that the file holds");

    private object? Unpickle(PickleInput input) => new Unpickler(input, path).Read();

    private void CheckSystem(object? system)
    {
        bool isLittleEndian = system is PickleDictionary { Items: var items }
            && items.Any(item => item is { Key: "little_endian", Value: true });
        if (!isLittleEndian)
        {
            throw PickleErrors.Structure(path, "a system", "another byte order", "little endian");
        }
    }

    private void LocateStorages(PickleList keys, IReadOnlyDictionary<string, TorchStorage> named, long position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        foreach (object? item in keys.Items)
        {
            if (item is not string key || !named.TryGetValue(key, out var storage))
            {
                throw PickleErrors.Structure(path, "a storage", $"{item ?? "None"}", "a storage that a tensor uses");
            }

            file.Read(position, bytes);
            position += sizeof(long);
            long length = ByteCount(storage, path);
            if (BinaryPrimitives.ReadInt64LittleEndian(bytes) != storage.ElementCount || length > file.Length - position)
            {
                throw PickleErrors.BadTensor(path, "a storage that is cut off", $"{file.Length - position} bytes", $"{length} bytes");
            }

            if (!storages.TryAdd(key, new SourceRegion(file, position, length)))
            {
                throw PickleErrors.Structure(path, "a storage", $"storage {key} twice", "each storage once");
            }

            position += length;
        }
    }
}
