using System.Text;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Reads how tokens become text.</summary>
internal static class DecoderReader
{
    private const string Supported = "ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Strip, WordPiece, BPEDecoder or a Sequence of them";

    // Spaces that WordPiece's decoder takes away in front of what is written without.
    private static readonly (string Found, string Written)[] _cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
        (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>The way from tokens to a text; without a decoder they stand with spaces between them.</summary>
    /// <exception cref="TokenizerException">A step is not supported.</exception>
    public static Func<List<string>, string> Read(TokenizerJson json)
    {
        var steps = json.Steps("decoder").ConvertAll(step => Step(step, json));
        return steps.Count == 0
            ? tokens => string.Join(' ', tokens)
            : tokens => string.Concat(steps.Aggregate(tokens, (current, step) => step(current)));
    }

    private static Func<List<string>, List<string>> Step(JsonElement step, TokenizerJson json)
    {
        switch (Type(step))
        {
            case "ByteLevel":
                return tokens => [Encoding.UTF8.GetString([.. tokens.SelectMany(ByteAlphabet.BytesOf)])];
            case "Fuse":
                return tokens => [string.Concat(tokens)];
            case "ByteFallback":
                return FromBytes;
            case "Metaspace":
                string symbol = Text(step, "replacement") ?? "\u2581";
                bool drops = PreTokenizerReader.PrependScheme(step, json) != "never";
                return tokens =>
                    [.. tokens.Select((token, i) => token.Replace(symbol, i == 0 && drops ? "" : " ", StringComparison.Ordinal))];
            case "Replace" when Text(step, "content") is { } content:
                var pattern = NormalizerReader.PatternOf(step, json, "decoder");
                return tokens => tokens.ConvertAll(token => pattern.Replace(token, content));
            case "Strip" when Text(step, "content") is { Length: 1 } stripped:
                return Strip(stripped[0], Number(step, "start"), Number(step, "stop"));
            case "WordPiece":
                return WordPiece(Text(step, "prefix") ?? "##", Flag(step, "cleanup", true));
            case "BPEDecoder":
                string suffix = Text(step, "suffix") ?? "</w>";
                return tokens =>
                    [.. tokens.Select((token, i) => token.Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];
            default:
                throw json.Unsupported("decoder", step, Supported);
        }
    }

    // A run of bytes becomes its text, or one replacement character for each where it is none.
    private static List<string> FromBytes(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (BytePiece.TryParse(token, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            Flush();
            result.Add(token);
        }

        Flush();
        return result;

        void Flush()
        {
            byte[] run = [.. bytes];
            bytes.Clear();
            if (run.Length > 0)
            {
                result.Add(System.Text.Unicode.Utf8.IsValid(run) ? Encoding.UTF8.GetString(run) : new string('\uFFFD', run.Length));
            }
        }
    }

    private static Func<List<string>, List<string>> Strip(char stripped, int start, int stop) => tokens => tokens.ConvertAll(token =>
    {
        int from = 0;
        while (from < Math.Min(start, token.Length) && token[from] == stripped)
        {
            from++;
        }

        int end = token.Length;
        while (end > from && token.Length - end < stop && token[end - 1] == stripped)
        {
            end--;
        }

        return token[from..end];
    });

    private static Func<List<string>, List<string>> WordPiece(string prefix, bool cleansUp) => tokens =>
    [
        .. tokens.Select((token, i) =>
        {
            string text = i == 0 ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : $" {token}";
            return cleansUp ? _cleanups.Aggregate(text, (current, pair) => current.Replace(pair.Found, pair.Written, StringComparison.Ordinal)) : text;
        }),
    ];

    private static int Number(JsonElement step, string name) =>
        Member(step, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) ? value : 0;
}
