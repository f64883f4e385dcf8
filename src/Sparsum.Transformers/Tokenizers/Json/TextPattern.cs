using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>A literal text, an expression or a kind of character that is looked for in texts.</summary>
internal abstract class TextPattern
{
    /// <summary>The places where it matches, from left to right without overlap.</summary>
    public abstract List<(int Start, int Length)> Matches(ReadOnlySpan<char> text);

    /// <summary>The text with all matches replaced.</summary>
    public string Replace(string text, string content)
    {
        var matches = Matches(text);
        if (matches.Count == 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        int done = 0;
        foreach (var (start, length) in matches)
        {
            result.Append(text, done, start - done).Append(content);
            done = start + length;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>Matches a text as it stands.</summary>
    public sealed class Literal(string wanted) : TextPattern
    {
        /// <inheritdoc/>
        public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
        {
            var matches = new List<(int, int)>();
            for (int from = 0; wanted.Length > 0 && text[from..].IndexOf(wanted, StringComparison.Ordinal) is >= 0 and int offset; from += offset + wanted.Length)
            {
                matches.Add((from + offset, wanted.Length));
            }

            return matches;
        }
    }

    /// <summary>Matches each character of a kind.</summary>
    public sealed class Character(Func<int, bool> isWanted) : TextPattern
    {
        /// <inheritdoc/>
        public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
        {
            var matches = new List<(int, int)>();
            for (int i = 0, length; i < text.Length; i += length)
            {
                if (isWanted(UnicodeText.CodePointAt(text[i..], out length)))
                {
                    matches.Add((i, length));
                }
            }

            return matches;
        }
    }

    /// <summary>
    /// Matches a regular expression. Files have them in Oniguruma's syntax, of which those of tokenizers use what .NET has too. Characters
    /// beyond U+FFFF, two units of a .NET string, are replaced by one of the same category for the search.
    /// </summary>
    public sealed class Expression : TextPattern
    {
        // A file from outside must not be able to hold a run up.
        private static readonly TimeSpan LongestSearch = TimeSpan.FromMinutes(1);

        private static readonly Dictionary<UnicodeCategory, char> _standIns = new()
        {
            [UnicodeCategory.UppercaseLetter] = '\uA640',
            [UnicodeCategory.LowercaseLetter] = '\uA641',
            [UnicodeCategory.TitlecaseLetter] = '\u1F88',
            [UnicodeCategory.ModifierLetter] = '\uA717',
            [UnicodeCategory.OtherLetter] = '\u1401',
            [UnicodeCategory.NonSpacingMark] = '\uA66F',
            [UnicodeCategory.SpacingCombiningMark] = '\u0903',
            [UnicodeCategory.EnclosingMark] = '\u0488',
            [UnicodeCategory.DecimalDigitNumber] = '\uA620',
            [UnicodeCategory.LetterNumber] = '\u16EE',
            [UnicodeCategory.OtherNumber] = '\u0BF0',
            [UnicodeCategory.ConnectorPunctuation] = '\uFE33',
            [UnicodeCategory.DashPunctuation] = '\u1400',
            [UnicodeCategory.OpenPunctuation] = '\u169B',
            [UnicodeCategory.ClosePunctuation] = '\u169C',
            [UnicodeCategory.OtherPunctuation] = '\uA60D',
            [UnicodeCategory.MathSymbol] = '\u2A00',
            [UnicodeCategory.CurrencySymbol] = '\u20A0',
            [UnicodeCategory.ModifierSymbol] = '\uA700',
            [UnicodeCategory.OtherSymbol] = '\uA490',
            [UnicodeCategory.Format] = '\u2061',
            [UnicodeCategory.PrivateUse] = '\uE000',
            [UnicodeCategory.OtherNotAssigned] = '\uFDD0',
        };

        private readonly Regex _regex;

        private Expression(Regex regex) => _regex = regex;

        /// <summary>Compiles an expression; null where .NET does not have its syntax.</summary>
        public static Expression? TryCreate(string pattern)
        {
            // Intersections and characters beyond U+FFFF would be taken for something else; scripts and possessive quantifiers .NET refuses itself.
            if (pattern.Any(char.IsSurrogate) || pattern.Contains("&&", StringComparison.Ordinal) || Flatten(pattern) is not { } flat)
            {
                return null;
            }

            try
            {
                return new Expression(new Regex(Translate(flat), RegexOptions.CultureInvariant | RegexOptions.Multiline, LongestSearch));
            }
            catch (ArgumentException)
            {
                return null;
            }
        }

        /// <inheritdoc/>
        public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
        {
            try
            {
                var matches = new List<(int, int)>();
                if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
                {
                    foreach (var match in _regex.EnumerateMatches(text))
                    {
                        matches.Add((match.Index, match.Length));
                    }

                    return matches;
                }

                var (mapped, places) = Map(text);
                foreach (var match in _regex.EnumerateMatches(mapped))
                {
                    matches.Add((places[match.Index], places[match.Index + match.Length] - places[match.Index]));
                }

                return matches;
            }
            catch (RegexMatchTimeoutException e)
            {
                throw TokenizerException.Malformed(null, "An expression of the tokenizer takes too long on a text.", e);
            }
        }

        // A class within a class is a union, where .NET sees a bracket: it comes out of its brackets. Null where it is more than that.
        private static string? Flatten(string pattern)
        {
            var flat = new StringBuilder(pattern.Length);
            int depth = 0;
            for (int i = 0; i < pattern.Length; i++)
            {
                char c = pattern[i];
                if (c == '\\' && i + 1 < pattern.Length)
                {
                    flat.Append(c).Append(pattern[++i]);
                    continue;
                }

                if (c == '[' && depth > 0 && (pattern[i - 1] == '-' || (i + 1 < pattern.Length && pattern[i + 1] is '^' or ':')))
                {
                    return null;
                }

                depth += c == '[' ? 1 : c == ']' && depth > 0 ? -1 : 0;
                if (!(c == '[' && depth > 1) && !(c == ']' && depth > 0))
                {
                    flat.Append(c);
                }
            }

            return flat.ToString();
        }

        // \w is wider than in .NET (see CharacterTests.IsWord) but for what no expression of a tokenizer asks for.
        private static string Translate(string pattern) => pattern
            .Replace(@"[^\w", @"[^\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}", StringComparison.Ordinal)
            .Replace(@"[\w", @"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}", StringComparison.Ordinal)
            .Replace(@"\w", @"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}]", StringComparison.Ordinal);

        private static (string Mapped, int[] Places) Map(ReadOnlySpan<char> text)
        {
            var mapped = new StringBuilder(text.Length);
            var places = new int[text.Length + 1];
            for (int i = 0, length; i < text.Length; i += length)
            {
                int code = UnicodeText.CodePointAt(text[i..], out length);
                places[mapped.Length] = i;
                mapped.Append(length == 1 ? text[i] : _standIns.GetValueOrDefault(CharUnicodeInfo.GetUnicodeCategory(code), '\uFDD0'));
            }

            places[mapped.Length] = text.Length;
            return (mapped.ToString(), places);
        }
    }
}
