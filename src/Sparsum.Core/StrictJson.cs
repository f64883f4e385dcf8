using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sparsum.Core;

/// <summary>
/// The one way in which JSON is read: from a regular file of bounded size, valid UTF-8, no key twice in an object, bounded depth, strings
/// that are text. Every breach is an <see cref="InvalidInputException"/> that names the file and, where there is one, the byte.
/// </summary>
/// <remarks>
/// Standards leave open what a repeated key means and whether half a surrogate pair is text, so two programs may read such a file
/// differently (RFC 8259, sections 4 and 8.2).
/// </remarks>
public static class StrictJson
{
    private const byte Backslash = (byte)'\\';

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidInputException">
    /// It is missing, <c>missing-file</c>; cannot be read, <c>unreadable-file</c>; or breaks a rule, <see cref="JsonRules.Code"/>.
    /// </exception>
    public static JsonElement Read(string path, JsonRules? rules = null) => Parse(ReadBytes(path, rules), path, rules);

    /// <summary>Reads a file as a tree that can be changed; null for JSON's null.</summary>
    /// <inheritdoc cref="Read(string, JsonRules?)" path="/exception"/>
    public static JsonNode? ReadNode(string path, JsonRules? rules = null) => ParseNode(ReadBytes(path, rules), path, rules);

    /// <summary>Reads a file as a record.</summary>
    /// <inheritdoc cref="Read(string, JsonRules?)" path="/exception"/>
    public static T Read<T>(string path, JsonTypeInfo<T> type, JsonRules? rules = null) => Parse(ReadBytes(path, rules), path, type, rules);

    /// <summary>Reads bytes.</summary>
    /// <param name="utf8">The text, with or without byte order mark.</param>
    /// <param name="source">The file that they come from, for errors.</param>
    /// <param name="rules">What is allowed; null for the default.</param>
    /// <exception cref="InvalidInputException">A rule is broken, <see cref="JsonRules.Code"/>.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8, string source, JsonRules? rules = null)
    {
        rules ??= JsonRules.Default;
        var json = Check(utf8, source, rules);

        // Not disposed, so that the element stays: its memory is collected with it.
        return JsonDocument.Parse(json, DocumentOptions(rules)).RootElement;
    }

    /// <summary>Reads bytes as a tree that can be changed; null for JSON's null.</summary>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, string, JsonRules?)"/>
    public static JsonNode? ParseNode(ReadOnlyMemory<byte> utf8, string source, JsonRules? rules = null)
    {
        rules ??= JsonRules.Default;
        return JsonNode.Parse(Check(utf8, source, rules).Span, documentOptions: DocumentOptions(rules));
    }

    /// <summary>Reads bytes as a record.</summary>
    /// <inheritdoc cref="Parse(ReadOnlyMemory{byte}, string, JsonRules?)"/>
    public static T Parse<T>(ReadOnlyMemory<byte> utf8, string source, JsonTypeInfo<T> type, JsonRules? rules = null)
    {
        rules ??= JsonRules.Default;
        var json = Check(utf8, source, rules);
        try
        {
            return JsonSerializer.Deserialize(json.Span, type) ?? throw Malformed(source, rules, "null");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or ArgumentException)
        {
            throw Malformed(source, rules, exception.Message, exception);
        }
    }

    /// <summary>The bytes of a regular file that is not empty.</summary>
    /// <inheritdoc cref="Read(string, JsonRules?)" path="/exception"/>
    public static byte[] ReadBytes(string path, JsonRules? rules = null)
    {
        rules ??= JsonRules.Default;
        try
        {
            var file = new FileInfo(RealPath.Of(path));
            if (!file.Exists)
            {
                throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check the path." };
            }

            // Pipes and devices have no length either, and opening a pipe waits until somebody writes into it.
            return file.Length switch
            {
                0 => throw Malformed(path, rules, "nothing: it is empty, or no regular file"),
                _ when file.Length > rules.MaxBytes => throw Malformed(
                    path, rules, FormattableString.Invariant($"{file.Length} bytes, more than the {rules.MaxBytes} that are read")),
                _ => File.ReadAllBytes(file.FullName),
            };
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw new InvalidInputException("unreadable-file", $"'{path}' cannot be read: {exception.Message}", exception)
            {
                File = path,
                Hint = "Check the permissions of the file.",
            };
        }
    }

    /// <summary>Checks everything that the parsers behind do not; returns the text without byte order mark.</summary>
    private static ReadOnlyMemory<byte> Check(ReadOnlyMemory<byte> utf8, string source, JsonRules rules)
    {
        int start = utf8.Span.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        var json = utf8[start..];
        if (FirstInvalidByte(json.Span) is { } invalid)
        {
            throw At(start + invalid, FormattableString.Invariant($"byte 0x{json.Span[invalid]:X2}, which is not UTF-8"));
        }

        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions
        {
            MaxDepth = rules.MaxDepth,
            CommentHandling = rules.AllowsComments ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
            AllowTrailingCommas = rules.AllowsComments,
        });
        var keys = new Stack<HashSet<string>>();
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        keys.Push(new HashSet<string>(StringComparer.Ordinal));
                        break;
                    case JsonTokenType.EndObject:
                        keys.Pop();
                        break;
                    case JsonTokenType.String:
                        RequireText(ref reader);
                        break;
                    case JsonTokenType.PropertyName:
                        RequireText(ref reader);
                        if (!keys.Peek().Add(reader.GetString()!))
                        {
                            throw At(start + reader.TokenStartIndex, $"the key '{reader.GetString()}' a second time");
                        }

                        break;
                    default:
                        break;
                }
            }
        }
        catch (JsonException exception)
        {
            throw At(start + Offset(json.Span, exception), exception.Message, exception);
        }

        return json;

        void RequireText(ref Utf8JsonReader token)
        {
            if (token.ValueIsEscaped && FirstLoneSurrogate(token.ValueSpan) is { } position)
            {
                throw At(
                    start + token.TokenStartIndex + 1 + position,
                    $"{Encoding.ASCII.GetString(token.ValueSpan.Slice(position, 6))}, half of a surrogate pair, which is no text");
            }
        }

        InvalidInputException At(long offset, string found, Exception? cause = null) =>
            Malformed(source, rules, FormattableString.Invariant($"at byte {offset}: {found}"), cause);
    }

    private static int? FirstInvalidByte(ReadOnlySpan<byte> text)
    {
        if (System.Text.Unicode.Utf8.IsValid(text))
        {
            return null;
        }

        int position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out int length) == OperationStatus.Done)
        {
            position += length;
        }

        return position;
    }

    private static int? FirstLoneSurrogate(ReadOnlySpan<byte> escaped)
    {
        bool isPending = false;
        int pending = 0;
        for (int i = 0; i < escaped.Length;)
        {
            char unit = escaped[i] == Backslash && escaped[i + 1] == (byte)'u'
                ? (char)ushort.Parse(escaped.Slice(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : ' ';
            if (isPending != char.IsLowSurrogate(unit))
            {
                return isPending ? pending : i;
            }

            isPending = char.IsHighSurrogate(unit);
            pending = i;
            i += escaped[i] != Backslash ? 1 : escaped[i + 1] == (byte)'u' ? 6 : 2;
        }

        return isPending ? pending : null;
    }

    private static long Offset(ReadOnlySpan<byte> text, JsonException exception)
    {
        int start = 0;
        for (long line = exception.LineNumber ?? 0; line > 0; line--)
        {
            start += text[start..].IndexOf((byte)'\n') + 1;
        }

        return start + (exception.BytePositionInLine ?? 0);
    }

    private static JsonDocumentOptions DocumentOptions(JsonRules rules) => new()
    {
        MaxDepth = rules.MaxDepth,
        CommentHandling = rules.AllowsComments ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
        AllowTrailingCommas = rules.AllowsComments,
    };

    private static InvalidInputException Malformed(string source, JsonRules rules, string found, Exception? cause = null) =>
        new(rules.Code, $"'{source}' is not the JSON that is expected: {found}", cause)
        {
            File = source,
            Found = found,
            Expected = rules.Expected ?? "JSON as UTF-8 text, each key once",
            Hint = rules.Hint ?? "Mend the file, or fetch it again.",
        };
}
