using System.Globalization;
using System.Text;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Sparsum.Transformers.Tokenizers.Unicode;
using Sparsum.Transformers.Tokenizers.WordPiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Reads how text is normalised before anything is looked up.</summary>
internal static class NormalizerReader
{
    private const string Supported =
        "NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Prepend, Replace, BertNormalizer, Precompiled or a Sequence of them";

    /// <summary>All steps in order.</summary>
    /// <exception cref="TokenizerException">A step is not supported.</exception>
    public static Func<string, string> Read(TokenizerJson json, TokenizerSettings settings)
    {
        var steps = json.Steps("normalizer").ConvertAll(step => Step(step, json, settings));
        return text => steps.Aggregate(text, (current, step) => step(current));
    }

    private static Func<string, string> Step(JsonElement step, TokenizerJson json, TokenizerSettings settings)
    {
        switch (Type(step))
        {
            case "NFC":
                return UnicodeNormalizer.Compose;
            case "NFD":
                return UnicodeNormalizer.Decompose;
            case "NFKC":
                return text => UnicodeNormalizer.Compose(UnicodeCompatibility.Decompose(text));
            case "NFKD":
                return UnicodeCompatibility.Decompose;
            case "Lowercase":
                return text => BasicPreTokenizer.ToLower(text);
            case "StripAccents":
                return WithoutMarks;
            case "Strip":
                var (left, right) = (Flag(step, "strip_left", true), Flag(step, "strip_right", true));
                return text => (left, right) switch
                {
                    (true, true) => text.Trim(),
                    (true, false) => text.TrimStart(),
                    (false, true) => text.TrimEnd(),
                    _ => text,
                };
            case "Prepend" when Text(step, "prepend") is { } prefix:
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace" when Text(step, "content") is { } content:
                var pattern = PatternOf(step, json, "normaliser");
                return text => pattern.Replace(text, content);
            case "BertNormalizer":
                return Bert(step, settings);
            case "Precompiled":
                return Precompiled(step, json);
            default:
                throw json.Unsupported("normaliser", step, Supported);
        }
    }

    /// <summary>The member <c>pattern</c>: a text or an expression.</summary>
    /// <exception cref="TokenizerException">It is neither, or an expression with syntax of its own.</exception>
    public static TextPattern PatternOf(JsonElement step, TokenizerJson json, string stage)
    {
        var pattern = Member(step, "pattern");
        return (Text(pattern, "String"), Text(pattern, "Regex")) switch
        {
            ({ } wanted, _) => new TextPattern.Literal(wanted),
            (_, { } expression) when TextPattern.Expression.TryCreate(expression) is { } compiled => compiled,
            _ => throw json.Unsupported(stage, step, "a pattern that is a text, or an expression in the syntax that .NET shares"),
        };
    }

    // BERT's tokenizer class puts its own switches in place of the file's.
    private static Func<string, string> Bert(JsonElement step, TokenizerSettings settings)
    {
        bool isOwn = settings.ClassName?.Contains("Bert", StringComparison.Ordinal) == true
            || settings.ClassName?.Contains("Electra", StringComparison.Ordinal) == true;
        bool lower = Flag("do_lower_case", "lowercase");
        bool ideographs = Flag("tokenize_chinese_chars", "handle_chinese_chars");
        bool cleans = TokenizerJson.Flag(step, "clean_text", true);
        bool accents = (isOwn ? settings.FlagOrNull("strip_accents") : null) ?? TokenizerJson.Flag(step, "strip_accents", lower);
        return text =>
        {
            text = cleans || ideographs ? CleanBert(text, cleans, ideographs) : text;
            text = accents ? WithoutMarks(UnicodeNormalizer.Decompose(text)) : text;
            return lower ? BasicPreTokenizer.ToLower(text) : text;
        };

        bool Flag(string setting, string member) =>
            (isOwn ? settings.FlagOrNull(setting) : null) ?? TokenizerJson.Flag(step, member, true);
    }

    private static string CleanBert(string text, bool cleans, bool setsIdeographsApart)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            bool isBreak = rune.Value is '\t' or '\n' or '\r';
            if (cleans && (rune.Value is 0 or 0xFFFD || (!isBreak && IsControl(rune))))
            {
                continue;
            }

            if (cleans && (isBreak || CharacterTests.IsSpace(rune.Value)))
            {
                clean.Append(' ');
            }
            else if (setsIdeographsApart && CharacterTests.IsIdeograph(rune.Value))
            {
                clean.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    private static bool IsControl(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private static string WithoutMarks(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var bare = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            bare.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? "" : rune.ToString());
        }

        return bare.ToString();
    }

    private static Func<string, string> Precompiled(JsonElement step, TokenizerJson json)
    {
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(Text(step, "precompiled_charsmap") ?? "");
        }
        catch (FormatException e)
        {
            throw TokenizerException.Malformed(json.File, "The compiled normalisation rules are damaged.", e);
        }

        var map = CharacterMap.Read(bytes, json.File);
        return map is null ? text => text : text => Rewrite(text, map);
    }

    // Whole characters as readers see them first, then code point by code point; in both the shortest rule counts for all that was asked.
    private static string Rewrite(string text, CharacterMap map)
    {
        const int longest = 6;
        var result = new StringBuilder(text.Length);
        for (int start = 0, length; start < text.Length; start += length)
        {
            length = StringInfo.GetNextTextElementLength(text.AsSpan(start));
            var cluster = text.AsSpan(start, length);
            byte[] whole = Encoding.UTF8.GetBytes(cluster.ToString());
            if (whole.Length < longest && map.Match(whole, out var replacement, takesShortest: true) > 0)
            {
                result.Append(Encoding.UTF8.GetString(replacement));
                continue;
            }

            foreach (var rune in cluster.EnumerateRunes())
            {
                byte[] single = Encoding.UTF8.GetBytes(rune.ToString());
                bool isKnown = map.Match(single, out replacement, takesShortest: true) > 0;
                result.Append(isKnown ? Encoding.UTF8.GetString(replacement) : rune.ToString());
            }
        }

        return result.ToString();
    }
}
