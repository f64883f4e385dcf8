using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A safetensors file: eight bytes of header length, a JSON header of that length that names every tensor's type, shape and byte range,
/// then the bytes. The whole header is checked when the file is opened, so that no tensor can reach outside the file or share bytes with
/// another.
/// </summary>
public sealed class SafetensorsFile : CheckpointFile
{
    /// <summary>Longest header that is read, in bytes: the limit that the format sets.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    private const int LengthBytes = sizeof(ulong);

    private SafetensorsFile(SafeFileHandle handle, TensorFile tensors, IReadOnlyDictionary<string, string> metadata)
        : base(handle, tensors) => Metadata = metadata;

    /// <summary>The free text entries of the header, empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header. Tensors are listed in the order of their bytes.</summary>
    /// <exception cref="SafetensorsException">The file breaks a rule of the format.</exception>
    /// <exception cref="CheckpointException">The file is absent or may not be read.</exception>
    public static SafetensorsFile Open(string file)
    {
        var handle = FileRegion.Open(file, out long length);
        try
        {
            int headerLength = ReadHeaderLength(handle, file, length);
            byte[] json = new byte[headerLength];
            new FileRegion(handle, file, LengthBytes, headerLength).Read(0, json);

            long dataStart = LengthBytes + headerLength;
            var header = SafetensorsHeader.Parse(json, length - dataStart, file);
            var data = new FileRegion(handle, file, dataStart, length - dataStart);
            var stored = header.Tensors.Select(tensor => new ContiguousTensor(tensor.Info, data, tensor.Begin));
            return new SafetensorsFile(handle, new TensorFile(file, stored), header.Metadata);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static int ReadHeaderLength(SafeFileHandle handle, string file, long fileLength)
    {
        if (fileLength < LengthBytes)
        {
            throw new SafetensorsException("file-too-short", $"'{file}' is too short for a safetensors file.")
            {
                File = file,
                Found = $"{fileLength} bytes",
                Expected = "at least 8 bytes",
                Hint = SafetensorsHeader.DamagedHint,
            };
        }

        Span<byte> bytes = stackalloc byte[LengthBytes];
        new FileRegion(handle, file, 0, fileLength).Read(0, bytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > MaxHeaderBytes)
        {
            throw new SafetensorsException("header-too-large", $"'{file}' claims a header that is longer than any real one.")
            {
                File = file,
                Found = $"{length} bytes",
                Expected = $"at most {MaxHeaderBytes} bytes",
                Hint = "The file is damaged or is no safetensors file.",
            };
        }

        if (length > (ulong)(fileLength - LengthBytes))
        {
            throw new SafetensorsException("header-truncated", $"'{file}' ends within its header.")
            {
                File = file,
                Found = $"{fileLength - LengthBytes} bytes after the length",
                Expected = $"{length} bytes of header",
                Hint = SafetensorsHeader.DamagedHint,
            };
        }

        return (int)length;
    }
}
