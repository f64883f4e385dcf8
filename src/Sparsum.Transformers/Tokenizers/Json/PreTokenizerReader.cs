using System.Globalization;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>A rule that cuts stretches into smaller ones.</summary>
internal delegate void SplitStep(Stretch stretch, List<Stretch> result);

/// <summary>Reads the rules that cut text into words.</summary>
internal static class PreTokenizerReader
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string Gpt4Start = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string Gpt4End = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Supported =
        "ByteLevel, Metaspace, Split, Digits, Whitespace, WhitespaceSplit, Punctuation, CharDelimiterSplit, BertPreTokenizer or a Sequence of them";

    /// <summary>The rules in order, and whether words are written in the alphabet of bytes in the end.</summary>
    /// <exception cref="TokenizerException">A rule is not supported.</exception>
    public static (List<SplitStep> Steps, bool IsByteLevel) Read(TokenizerJson json, TokenizerSettings settings)
    {
        var found = json.Steps("pre_tokenizer");
        bool isAlone = !json.IsSequence("pre_tokenizer");
        bool isByteLevel = found.Count > 0 && Type(found[^1]) == "ByteLevel";
        var steps = new List<SplitStep>();
        foreach (var step in found)
        {
            if (Type(step) == "ByteLevel")
            {
                // A tokenizer class passes its own switch on to a rule that stands alone.
                bool adds = (isAlone ? settings.FlagOrNull("add_prefix_space") : null) ?? Flag(step, "add_prefix_space", true);
                steps.AddRange(ByteLevel(adds, Flag(step, "use_regex", true)));
                continue;
            }

            steps.Add(Step(step, json));
        }

        if (found.SkipLast(1).Any(step => Type(step) == "ByteLevel"))
        {
            throw json.Unsupported("pre-tokenizer", found.First(step => Type(step) == "ByteLevel"), "ByteLevel as the last step");
        }

        return (steps, isByteLevel);
    }

    /// <summary>When a Metaspace step puts its symbol in front of a text.</summary>
    public static string PrependScheme(JsonElement step, TokenizerJson json) => Text(step, "prepend_scheme") switch
    {
        "first" => "first",
        "never" => "never",
        "always" => "always",
        null => Flag(step, "add_prefix_space", true) ? "always" : "never",
        _ => throw json.Unsupported("Metaspace", step, "first, never or always"),
    };

    private static SplitStep Step(JsonElement step, TokenizerJson json)
    {
        switch (Type(step))
        {
            case "Metaspace":
                return Metaspace(step, json);
            case "Split":
                return Split(step, json);
            case "Digits":
                var digits = new TextPattern.Character(CharacterTests.IsNumber);
                return new SplitRule(digits, Flag(step, "individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous).Split;
            case "Whitespace":
                return WordsAndSigns;
            case "WhitespaceSplit":
                return new SplitRule(new TextPattern.Character(CharacterTests.IsSpace), SplitBehavior.Removed).Split;
            case "Punctuation":
                return new SplitRule(new TextPattern.Character(CharacterTests.IsPunctuation), Behavior(step, json, SplitBehavior.Isolated)).Split;
            case "CharDelimiterSplit" when Text(step, "delimiter") is { Length: > 0 } delimiter:
                return new SplitRule(new TextPattern.Literal(delimiter), SplitBehavior.Removed).Split;
            case "BertPreTokenizer":
                var spaces = new SplitRule(new TextPattern.Character(CharacterTests.IsSpace), SplitBehavior.Removed);
                var signs = new SplitRule(new TextPattern.Character(CharacterTests.IsPunctuation), SplitBehavior.Isolated);
                return (stretch, result) =>
                {
                    var words = new List<Stretch>();
                    spaces.Split(stretch, words);
                    words.ForEach(word => signs.Split(word, result));
                };
            default:
                throw json.Unsupported("pre-tokenizer", step, Supported);
        }
    }

    private static IEnumerable<SplitStep> ByteLevel(bool addsPrefixSpace, bool splits)
    {
        if (addsPrefixSpace)
        {
            yield return (stretch, result) => result.Add(stretch.Span[0] == ' ' ? stretch : stretch.Prepend(" "));
        }

        if (splits)
        {
            yield return Words(new Gpt2PreTokenizer());
        }
    }

    private static SplitStep Metaspace(JsonElement step, TokenizerJson json)
    {
        string symbol = Text(step, "replacement") ?? "\u2581";
        string scheme = PrependScheme(step, json);
        var rule = Flag(step, "split", true) ? new SplitRule(new TextPattern.Literal(symbol), SplitBehavior.MergedWithNext) : null;
        return (stretch, result) =>
        {
            string text = stretch.Span.ToString().Replace(" ", symbol, StringComparison.Ordinal);
            bool prepends = !text.StartsWith(symbol, StringComparison.Ordinal) && (scheme == "always" || (scheme == "first" && stretch.IsFirst));
            var replaced = new Stretch(prepends ? symbol + text : text, stretch.IsFirst);
            if (rule is null)
            {
                result.Add(replaced);
            }
            else
            {
                rule.Split(replaced, result);
            }
        };
    }

    private static SplitStep Split(JsonElement step, TokenizerJson json)
    {
        var behavior = Behavior(step, json, SplitBehavior.Isolated);
        bool isInverted = Flag(step, "invert");
        // The known expressions match all of a text, so that matches isolated and all but the matches removed come to the same.
        bool keepsMatches = behavior == (isInverted ? SplitBehavior.Removed : SplitBehavior.Isolated);
        return keepsMatches && Known(Text(Member(step, "pattern"), "Regex") ?? "") is { } known
            ? Words(known)
            : new SplitRule(NormalizerReader.PatternOf(step, json, "pre-tokenizer"), behavior, isInverted).Split;
    }

    private static SplitBehavior Behavior(JsonElement step, TokenizerJson json, SplitBehavior missing) => Text(step, "behavior") switch
    {
        null => missing,
        { } name when Enum.TryParse(name, out SplitBehavior behavior) => behavior,
        _ => throw json.Unsupported("pre-tokenizer", step, string.Join(", ", Enum.GetNames<SplitBehavior>())),
    };

    private static SplitStep Words(IPreTokenizer words) => (stretch, result) =>
    {
        for (int start = 0, length; start < stretch.Length; start += length)
        {
            length = words.FirstWord(stretch.Span[start..]);
            result.Add(stretch.Slice(start, length));
        }
    };

    // \w+|[^\w\s]+ without what lies between.
    private static void WordsAndSigns(Stretch stretch, List<Stretch> result)
    {
        var text = stretch.Span;
        int start = 0;
        int kind = 0;
        for (int i = 0, length; i < text.Length; i += length)
        {
            int code = Unicode.UnicodeText.CodePointAt(text[i..], out length);
            int next = CharacterTests.IsWord(code) ? 1 : CharacterTests.IsSpace(code) ? 0 : 2;
            if (next != kind)
            {
                Close(i);
                (start, kind) = (i, next);
            }
        }

        Close(text.Length);

        void Close(int end)
        {
            if (kind != 0 && start < end)
            {
                result.Add(stretch.Slice(start, end - start));
            }
        }
    }

    /// <summary>The rules of well-known expressions, written out; null for others.</summary>
    private static IPreTokenizer? Known(string pattern)
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
