using System.Text;
using Sparsum.Core;

namespace Sparsum.Evaluation.Texts;

/// <summary>
/// The one way in which text comes from disk: UTF-8 and nothing else, decompressed where the bytes are gzip, with line ends as Python's
/// text mode has them (<c>\r\n</c> and a lone <c>\r</c> become <c>\n</c>) and without a leading byte order mark. What the bytes are
/// decides, not the name.
/// </summary>
public static class StrictText
{
    /// <summary>Longest text that fits a string, with some room.</summary>
    private const int MostCharacters = 1_000_000_000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="InvalidInputException">The file is missing, is no UTF-8, or is longer than a billion characters.</exception>
    public static string Read(string path)
    {
        using var reader = Open(path);
        return ReadToEnd(path, reader);
    }

    /// <summary>Reads line by line, holding one line at a time.</summary>
    /// <exception cref="InvalidInputException">The file is missing or is no UTF-8; thrown where that shows.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        using var reader = Open(path);
        while (Guard(path, reader.ReadLine) is { } line)
        {
            yield return line.Contains('\0') ? throw NotText(path) : line;
        }
    }

    /// <summary>What the file is by its first bytes, decompressed where it is gzip; null where it may be text.</summary>
    /// <exception cref="InvalidInputException">The file is missing, or not a regular file.</exception>
    internal static FileSignature? Identify(string path)
    {
        using var stream = OpenContent(path);
        return FileSignature.Find(ReadHead(path, stream));
    }

    /// <summary>The bytes of a file, decompressed where they are gzip.</summary>
    internal static Stream OpenContent(string path)
    {
        RequireFile(path);

        // Pipes have no length, and opening one waits until somebody writes into it.
        if (new FileInfo(RealPath.Of(path)).Length == 0)
        {
            return Stream.Null;
        }

        var file = File.OpenRead(path);
        bool isGzip = FileSignature.Find(ReadHead(path, file)) == FileSignature.Gzip;
        file.Position = 0;
        return isGzip ? new WholeGzipStream(file) : file;
    }

    internal static void RequireFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check the path." };
        }
    }

    /// <summary>The error for a file that is something else than text.</summary>
    internal static InvalidInputException Refused(string path, FileSignature kind) => new("not-text", $"'{path}' is no UTF-8 text.")
    {
        File = path,
        Found = kind.Name,
        Expected = "UTF-8 text, JSON lines or Parquet; the first two also compressed with gzip",
        Hint = kind.Hint,
    };

    private static StreamReader Open(string path) => Identify(path) is { } kind
        ? throw Refused(path, kind)
        : new StreamReader(OpenContent(path), Utf8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16);

    private static string ReadToEnd(string path, StreamReader reader)
    {
        var text = new StringBuilder();
        char[] buffer = new char[1 << 16];
        bool isAfterReturn = false;
        while (Guard(path, () => reader.Read(buffer)) is > 0 and var count)
        {
            var part = buffer.AsSpan(0, count);
            if (part.Contains('\0'))
            {
                throw NotText(path);
            }

            if (text.Length > MostCharacters - part.Length)
            {
                throw new InvalidInputException("text-too-long", $"'{path}' is too long to be one document.")
                {
                    File = path,
                    Expected = FormattableString.Invariant($"at most {MostCharacters} characters"),
                    Hint = "Split it, or give JSON lines with a document each.",
                };
            }

            text.Append(WithPlainLineEnds(part, ref isAfterReturn));
        }

        return text.ToString();
    }

    /// <summary>Turns line ends in place; a <c>\n</c> behind the <c>\r</c> that ended the part before goes.</summary>
    private static ReadOnlySpan<char> WithPlainLineEnds(Span<char> part, ref bool isAfterReturn)
    {
        if (!isAfterReturn && !part.Contains('\r'))
        {
            return part;
        }

        int kept = 0;
        foreach (char letter in part)
        {
            if (letter != '\n' || !isAfterReturn)
            {
                part[kept++] = letter == '\r' ? '\n' : letter;
            }

            isAfterReturn = letter == '\r';
        }

        return part[..kept];
    }

    private static byte[] ReadHead(string path, Stream stream)
    {
        byte[] head = new byte[FileSignature.HeadLength];
        return head[..Guard(path, () => stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false))];
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DecoderFallbackException)
        {
            throw NotText(path);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidInputException("malformed-gzip", $"'{path}' is no whole gzip file: {exception.Message}", exception)
            {
                File = path,
                Hint = "Fetch the file again.",
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("unreadable-file", $"'{path}' cannot be read: {exception.Message}", exception)
            {
                File = path,
                Hint = "Check the file and its permissions.",
            };
        }
    }

    private static InvalidInputException NotText(string path)
    {
        using var stream = OpenContent(path);
        var diagnosis = InvalidBytes.Find(stream);
        return new InvalidInputException("not-text", $"'{path}' is no UTF-8 text.")
        {
            File = path,
            Found = FormattableString.Invariant($"{diagnosis.Kind.Name}: byte 0x{diagnosis.Value:X2} at offset {diagnosis.Offset}"),
            Expected = "UTF-8 text",
            Hint = diagnosis.Kind.Hint,
        };
    }
}
