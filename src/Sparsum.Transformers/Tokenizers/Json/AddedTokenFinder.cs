using System.Buffers;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>
/// Finds added tokens as the fast tokenizers do: leftmost first, of those that begin together the longest, and of equals the first. The
/// search goes on behind the text that was found, whatever white space a token takes with it.
/// </summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<string, AddedToken> _byPattern = new(StringComparer.Ordinal);
    private readonly SearchValues<string> _search;
    private readonly int[] _lengths;

    /// <summary>Takes tokens with the text that stands for each.</summary>
    public AddedTokenFinder(IEnumerable<(string Pattern, AddedToken Token)> tokens)
    {
        foreach (var (pattern, token) in tokens.Where(entry => entry.Pattern.Length > 0))
        {
            _byPattern.TryAdd(pattern, token);
        }

        _search = SearchValues.Create([.. _byPattern.Keys], StringComparison.Ordinal);
        _lengths = [.. _byPattern.Keys.Select(pattern => pattern.Length).Distinct().OrderDescending()];
    }

    /// <summary>Cuts a text into added tokens and what lies between; empty stretches are left out.</summary>
    public List<TextPart> Split(string text)
    {
        var parts = new List<TextPart>();
        int done = 0;
        for (int from = 0; from < text.Length && _lengths.Length > 0;)
        {
            int offset = text.AsSpan(from).IndexOfAny(_search);
            if (offset < 0)
            {
                break;
            }

            int start = from + offset;
            var (token, length) = LongestAt(text.AsSpan(start));
            int end = from = start + length;
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end))))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                // Spaces that the token before has taken stay with it.
                start = Math.Max(text.AsSpan(0, start).TrimEnd().Length, done);
            }

            if (token.RightStrip)
            {
                end = text.Length - text.AsSpan(end).TrimStart().Length;
            }

            Add(parts, done, start);
            parts.Add(new TextPart(start, end - start, token));
            done = end;
        }

        Add(parts, done, text.Length);
        return parts;
    }

    private static void Add(List<TextPart> parts, int start, int end)
    {
        if (start < end)
        {
            parts.Add(new TextPart(start, end - start, null));
        }
    }

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        !text.IsEmpty && CharacterTests.IsWord(UnicodeText.CodePointAt(text, out _));

    private static bool EndsWithWord(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        int last = text.Length > 1 && char.IsLowSurrogate(text[^1]) ? 2 : 1;
        return CharacterTests.IsWord(UnicodeText.CodePointAt(text[^last..], out _));
    }

    private (AddedToken Token, int Length) LongestAt(ReadOnlySpan<char> text)
    {
        var lookup = _byPattern.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (int length in _lengths)
        {
            if (length <= text.Length && lookup.TryGetValue(text[..length], out var token))
            {
                return (token, length);
            }
        }

        throw new InvalidOperationException("The search found a token that the table lacks.");
    }
}
