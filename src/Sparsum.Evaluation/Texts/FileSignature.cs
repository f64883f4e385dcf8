using System.Buffers.Binary;

namespace Sparsum.Evaluation.Texts;

/// <summary>A kind of file that is no text, recognised by its first bytes.</summary>
/// <param name="Name">What it is, for messages: "a ZIP archive".</param>
/// <param name="Hint">How to get to its text.</param>
internal sealed record FileSignature(string Name, string Hint)
{
    /// <summary>Bytes from the start of a file that <see cref="Find"/> wants to see, where there are as many.</summary>
    public const int HeadLength = 4096;

    public static FileSignature Gzip { get; } = new("gzip", "Decompress it with gunzip.");

    public static FileSignature Parquet { get; } = new("Parquet", "Write its text column as JSON lines.");

    public static FileSignature Safetensors { get; } = new("a safetensors file", "Give text, or token ids named 'input_ids'.");

    private const string Unpack = "Unpack it and give the text file inside.";
    private const string Export = "Export its text as UTF-8 text or JSON lines.";
    private const string NoText = "This holds no text: give a text file, JSON lines or Parquet.";

    private static readonly (byte[] Magic, int Offset, FileSignature Kind)[] Known =
    [
        ([0x1F, 0x8B], 0, Gzip),
        ([.. "PAR1"u8], 0, Parquet),
        ([.. "PK\x03\x04"u8], 0, new("a ZIP archive (PyTorch checkpoints and office documents are some)", Unpack)),
        ([.. "GGUF"u8], 0, new("a GGUF model", NoText)),
        ([.. "%PDF-"u8], 0, new("a PDF document", Export)),
        ([.. "ARROW1"u8], 0, new("an Arrow file", "Write its text column as Parquet or JSON lines.")),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, new("a Zstandard archive", "Decompress it with unzstd.")),
        ([.. "BZh"u8], 0, new("a bzip2 archive", "Decompress it with bunzip2.")),
        ([0xFD, .. "7zXZ"u8], 0, new("an xz archive", "Decompress it with unxz.")),
        ([.. "7z"u8, 0xBC, 0xAF], 0, new("a 7-Zip archive", Unpack)),
        ([.. "Rar!"u8], 0, new("a RAR archive", Unpack)),
        ([.. "ustar"u8], 257, new("a tar archive", Unpack)),
        ([0x89, .. "HDF"u8], 0, new("an HDF5 file", NoText)),
        ([.. "SQLite format 3"u8], 0, new("an SQLite database", Export)),
        ([0x93, .. "NUMPY"u8], 0, new("a NumPy array", "Give ids as safetensors or JSON named 'input_ids'.")),
        ([0x89, .. "PNG"u8], 0, new("a PNG picture", NoText)),
        ([0xFF, 0xD8, 0xFF], 0, new("a JPEG picture", NoText)),
        ([0x7F, .. "ELF"u8], 0, new("a program", NoText)),
        ([0xFF, 0xFE, 0x00, 0x00], 0, Encoding("UTF-32 (little endian)", "UTF-32LE")),
        ([0x00, 0x00, 0xFE, 0xFF], 0, Encoding("UTF-32 (big endian)", "UTF-32BE")),
        ([0xFF, 0xFE], 0, Encoding("UTF-16 (little endian)", "UTF-16")),
        ([0xFE, 0xFF], 0, Encoding("UTF-16 (big endian)", "UTF-16")),
    ];

    /// <summary>What the bytes are; null where they may be UTF-8.</summary>
    public static FileSignature? Find(ReadOnlySpan<byte> head)
    {
        // First: the length of a header can look like another format's magic number.
        if (head.Length >= 9 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) is > 1 and < 1 << 30)
        {
            return Safetensors;
        }

        foreach (var (magic, offset, kind) in Known)
        {
            if (head.Length >= offset + magic.Length && head[offset..].StartsWith(magic))
            {
                return kind;
            }
        }

        // A pickle of protocol 2 to 5 begins with its protocol; a safetensors file with the length of its JSON header.
        if (head.Length >= 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5)
        {
            return new("a Python pickle", NoText);
        }

        return FindWideText(head);
    }

    /// <summary>Text that is no UTF-8 and how to make it UTF-8.</summary>
    public static FileSignature Encoding(string name, string label) =>
        new($"text in {name}", $"Convert it: iconv -f {label} -t UTF-8 FILE > NEW.");

    /// <summary>UTF-16 without byte order mark: of most languages' text every other byte is zero or nearly always small.</summary>
    private static FileSignature? FindWideText(ReadOnlySpan<byte> head)
    {
        int pairs = head.Length < 16 ? 0 : head.Length / 2;
        Span<int> zeros = [0, 0];
        for (int i = 0; i < pairs * 2; i++)
        {
            zeros[i & 1] += head[i] == 0 ? 1 : 0;
        }

        return (zeros[0] * 20 < pairs, zeros[1] * 20 < pairs) switch
        {
            (true, false) when zeros[1] * 5 > pairs * 2 => Encoding("UTF-16 (little endian)", "UTF-16LE"),
            (false, true) when zeros[0] * 5 > pairs * 2 => Encoding("UTF-16 (big endian)", "UTF-16BE"),
            _ => null,
        };
    }
}
