using System.Globalization;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Reads the rules that cut text into words from the pre-tokenizer of a byte-level tokenizer.</summary>
internal static class PreTokenizerReader
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Gpt4Start = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string Gpt4End = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Supported = "ByteLevel, Digits, and Split by the expressions of GPT-2, LLaMA 3 and Qwen2";

    /// <summary>The rules in order, and whether texts get a space in front.</summary>
    /// <exception cref="TokenizerException">A rule is not supported.</exception>
    public static (IPreTokenizer Splitter, bool AddsPrefixSpace) Read(TokenizerJson json)
    {
        IPreTokenizer? splitter = null;
        bool addsPrefixSpace = false;
        foreach (var step in json.Steps("pre_tokenizer"))
        {
            if (Type(step) == "ByteLevel")
            {
                addsPrefixSpace = Flag(step, "add_prefix_space", true);
                if (addsPrefixSpace && splitter is not null)
                {
                    throw json.Unsupported("pre-tokenizer", step, "add_prefix_space only where ByteLevel comes first");
                }
            }

            if (Rule(step, json) is { } rule)
            {
                splitter = splitter is null ? rule : new PreTokenizerSequence(splitter, rule);
            }
        }

        return (splitter ?? new WholeTextPreTokenizer(), addsPrefixSpace);
    }

    private static IPreTokenizer? Rule(JsonElement step, TokenizerJson json) => Type(step) switch
    {
        "ByteLevel" => Flag(step, "use_regex", true) ? new Gpt2PreTokenizer() : null,
        "Digits" => new DigitPreTokenizer(Flag(step, "individual_digits")),
        "Split" when KeepsMatches(step) => Pattern(Text(Member(step, "pattern"), "Regex") ?? ""),
        _ => null,
    } ?? (Type(step) == "ByteLevel" ? null : throw json.Unsupported("pre-tokenizer", step, Supported));

    // The known expressions match all of a text, so that matches isolated and all but the matches removed come to the same.
    private static bool KeepsMatches(JsonElement step) =>
        Text(step, "behavior") == (Flag(step, "invert") ? "Removed" : "Isolated");

    private static IPreTokenizer? Pattern(string pattern)
    {
        if (pattern == Gpt2Pattern)
        {
            return new Gpt2PreTokenizer();
        }

        if (!pattern.StartsWith(Gpt4Start, StringComparison.Ordinal) || !pattern.EndsWith(Gpt4End, StringComparison.Ordinal)
            || pattern.Length < Gpt4Start.Length + Gpt4End.Length)
        {
            return null;
        }

        string count = pattern[Gpt4Start.Length..^Gpt4End.Length];
        return count switch
        {
            "" => new Gpt4PreTokenizer(1),
            "+" => new Gpt4PreTokenizer(int.MaxValue),
            ['{', '1', ',', .. var most, '}'] when int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out int digits)
                && digits > 0 => new Gpt4PreTokenizer(digits),
            _ => null,
        };
    }
}
