using Microsoft.Win32.SafeHandles;
using Sparsum.Transformers.Checkpoints.Torch;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A <c>pytorch_model.bin</c>: a state dictionary as <c>torch.save</c> writes it. Its pickle is run by an interpreter that can describe
/// tensors and do nothing else; no code of the file is ever executed. Tensors are read on demand.
/// </summary>
public sealed class TorchCheckpoint : CheckpointFile
{
    private readonly TorchContainer container;

    private TorchCheckpoint(SafeFileHandle handle, TorchContainer container, TensorFile tensors)
        : base(handle, tensors) => this.container = container;

    /// <summary>Opens a file and checks what it says of its tensors.</summary>
    /// <exception cref="TorchCheckpointException">It is damaged, or holds something else than tensors.</exception>
    /// <exception cref="CheckpointException">It is absent or may not be read.</exception>
    public static TorchCheckpoint Open(string file)
    {
        var handle = FileRegion.Open(file, out long length);
        TorchContainer? container = null;
        try
        {
            var bytes = new FileRegion(handle, file, 0, length);
            container = OpenContainer(bytes, file);
            return new TorchCheckpoint(handle, container, new TensorFile(file, Locate(container, file)));
        }
        catch
        {
            container?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        container.Dispose();
        base.Dispose(disposing);
    }

    private static TorchContainer OpenContainer(FileRegion bytes, string file)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(TorchLegacyFile.MagicLength, bytes.Length)];
        bytes.Read(0, start);
        if (start.StartsWith("PK\x03\x04"u8))
        {
            return new TorchArchive(bytes, file);
        }

        return TorchLegacyFile.Matches(start)
            ? new TorchLegacyFile(bytes, file)
            : throw new TorchCheckpointException("not-a-torch-file", $"'{file}' is no file of torch.save.")
            {
                File = file,
                Found = start.IsEmpty ? "an empty file" : $"a file that begins with {Convert.ToHexString(start)}",
                Expected = "a zip archive, or the pickle that older versions wrote",
                Hint = "Fetch the file again. A text file of a few lines is a pointer to the real file, which was not fetched.",
            };
    }

    private static List<StoredTensor> Locate(TorchContainer container, string file)
    {
        if (container.Root is not PickleDictionary { Items: var items })
        {
            throw PickleErrors.Structure(file, "a value", "no dictionary", "a state dictionary: names with tensors");
        }

        // Other values than tensors, such as counters, are no weights and left out.
        var names = new HashSet<string>(StringComparer.Ordinal);
        var stored = new List<StoredTensor>();
        foreach (var (key, value) in items)
        {
            if (key is not string name || value is not TorchTensor tensor)
            {
                continue;
            }

            if (!names.Add(name))
            {
                throw PickleErrors.Structure(file, "a dictionary", $"'{name}' twice", "each name once");
            }

            stored.Add(TensorLocator.Locate(name, tensor, container, file));
        }

        return stored.Count > 0
            ? stored
            : throw new TorchCheckpointException("no-tensors", $"'{file}' holds no tensors by name.")
            {
                File = file,
                Expected = "a state dictionary: names with tensors",
                Hint = "Save model.state_dict() itself, not a dictionary or model around it.",
            };
    }
}
