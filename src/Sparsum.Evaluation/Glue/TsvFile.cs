using System.Text;
using Sparsum.Evaluation.Datasets;

namespace Sparsum.Evaluation.Glue;

/// <summary>
/// Lines of cells between tabs, in UTF-8. A quotation mark is a character like any other, a leading byte order mark is not part of the
/// text, and empty lines hold no row.
/// </summary>
internal static class TsvFile
{
    // The preamble makes the reader drop a byte order mark; bytes that are no UTF-8 are an error, never a replacement character.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    public static IEnumerable<TsvRow> Read(string path)
    {
        using var reader = new StreamReader(path, Utf8, detectEncodingFromByteOrderMarks: false);
        for (int line = 1; ReadLine(reader, path) is { } text; line++)
        {
            if (text.Length > 0)
            {
                yield return new TsvRow(line, text.Split('\t'));
            }
        }
    }

    private static string? ReadLine(StreamReader reader, string path)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException error)
        {
            int line = FindInvalidLine(path);
            throw new DatasetException("invalid-utf8", $"Line {line} of '{path}' is no UTF-8 text.", error)
            {
                File = path,
                Line = line,
                Expected = "UTF-8",
                Hint = "Convert the file to UTF-8, or fetch it again.",
            };
        }
    }

    // The reader decodes ahead of the line it returns, so the line has to be looked for.
    private static int FindInvalidLine(string path)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        int line = 1;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            if (!System.Text.Unicode.Utf8.IsValid(bytes[range]))
            {
                return line;
            }

            line++;
        }

        return line;
    }
}
