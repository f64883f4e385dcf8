using System.Buffers;
using System.Text;

namespace Sparsum.Evaluation.Texts;

/// <summary>The first byte of a stream that cannot stand in a text of UTF-8, and what the stream seems to be.</summary>
/// <param name="Offset">Bytes before it.</param>
/// <param name="Value">The byte.</param>
/// <param name="Kind">What the bytes seem to be.</param>
internal sealed record InvalidBytes(long Offset, byte Value, FileSignature Kind)
{
    private static readonly FileSignature Binary = new("binary data", "This holds no text: give a text file, JSON lines or Parquet.");
    private static readonly FileSignature OneByte = FileSignature.Encoding("a one-byte encoding such as Latin-1", "LATIN1");

    /// <summary>Looks for it. A zero byte is counted too: text has none.</summary>
    public static InvalidBytes Find(Stream stream)
    {
        byte[] buffer = new byte[1 << 16];
        int held = 0;
        long offset = 0;
        long controls = 0;
        while (stream.ReadAtLeast(buffer.AsSpan(held), buffer.Length - held, throwOnEndOfStream: false) is var read)
        {
            var part = buffer.AsSpan(0, held + read);
            foreach (byte value in part[held..])
            {
                // Text of any encoding knows tab, line ends, form feed and escape; binary data have all the others too.
                controls += value < 32 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 12 or 27) ? 1 : 0;
            }

            int at = 0;
            while (at < part.Length)
            {
                var status = Rune.DecodeFromUtf8(part[at..], out _, out int length);
                if (status == OperationStatus.NeedMoreData && read > 0)
                {
                    break;
                }

                if (status != OperationStatus.Done || part[at] == 0)
                {
                    return new(offset + at, part[at], controls == 0 ? OneByte : Binary);
                }

                at += length;
            }

            if (read == 0)
            {
                break;
            }

            part[at..].CopyTo(buffer);
            held = part.Length - at;
            offset += at;
        }

        return new(offset, 0, Binary);
    }
}
