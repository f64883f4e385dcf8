using System.Text.Json;
using System.Text.Unicode;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>The checked header of a safetensors file: tensors in the order of their bytes, and the free text entries.</summary>
internal sealed record SafetensorsHeader(
    IReadOnlyList<(TensorInfo Info, long Begin)> Tensors,
    IReadOnlyDictionary<string, string> Metadata)
{
    public const string MetadataKey = "__metadata__";
    public const string DamagedHint = "The file is damaged or was not fetched completely; fetch it again.";

    /// <summary>Parses the JSON and checks every rule of the format, so that what comes out can be read without further checks.</summary>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataLength">Number of bytes after the header.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="SafetensorsException">A rule is broken.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string file)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new SafetensorsException("header-start", $"The header of '{file}' does not begin with '{{'.")
            {
                File = file,
                Found = json.IsEmpty ? "an empty header" : $"byte 0x{json[0]:X2}",
                Expected = "'{'",
                Hint = "The file is damaged or is no safetensors file.",
            };
        }

        if (!Utf8.IsValid(json))
        {
            throw new SafetensorsException("header-encoding", $"The header of '{file}' is not valid UTF-8.")
            {
                File = file,
                Expected = "UTF-8",
                Hint = DamagedHint,
            };
        }

        try
        {
            var (entries, metadata) = new SafetensorsHeaderReader(file).Read(json);
            return new SafetensorsHeader(CheckRanges(entries, dataLength, file), metadata);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader gives InvalidOperationException for escapes that are no text: half of a surrogate pair.
            throw new SafetensorsException("header-json", $"The header of '{file}' is not valid JSON: {exception.Message}", exception)
            {
                File = file,
                Hint = DamagedHint,
            };
        }
    }

    /// <summary>The ranges must cover the data from its first to its last byte, each byte once.</summary>
    private static List<(TensorInfo Info, long Begin)> CheckRanges(List<SafetensorsEntry> entries, long dataLength, string file)
    {
        var ordered = entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End).ToList();
        long expected = 0;
        foreach (var entry in ordered)
        {
            if (entry.Begin != expected)
            {
                throw new SafetensorsException(
                    entry.Begin < expected ? "data-overlap" : "data-hole",
                    $"Tensor '{entry.Info.Name}' of '{file}' does not begin where the one before it ends.")
                {
                    File = file,
                    Found = $"begin {entry.Begin}",
                    Expected = $"begin {expected}",
                    Hint = DamagedHint,
                };
            }

            expected = entry.End;
            if (expected > dataLength)
            {
                throw new SafetensorsException("data-truncated", $"'{file}' ends before tensor '{entry.Info.Name}' does.")
                {
                    File = file,
                    Found = $"{dataLength} bytes of data",
                    Expected = $"at least {expected} bytes",
                    Hint = DamagedHint,
                };
            }
        }

        if (expected != dataLength)
        {
            throw new SafetensorsException("data-trailing", $"'{file}' has bytes after its last tensor.")
            {
                File = file,
                Found = $"{dataLength} bytes of data",
                Expected = $"{expected} bytes",
                Hint = DamagedHint,
            };
        }

        return ordered.ConvertAll(entry => (entry.Info, entry.Begin));
    }
}
