using System.Buffers;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers;

/// <summary>Finds added tokens in a text: leftmost first, of those that begin together the longest.</summary>
internal sealed class AddedTokenSet
{
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly SearchValues<string> _search;
    private readonly int[] _lengths;

    /// <summary>Of two tokens with one content the later wins.</summary>
    public AddedTokenSet(IEnumerable<AddedToken> tokens)
    {
        foreach (var token in tokens.Where(token => token.Content.Length > 0))
        {
            _byContent[token.Content] = token;
            _byId[token.Id] = token;
        }

        _search = SearchValues.Create([.. _byContent.Keys], StringComparison.Ordinal);
        _lengths = [.. _byContent.Keys.Select(content => content.Length).Distinct().OrderDescending()];
    }

    /// <summary>Every added token.</summary>
    public IReadOnlyCollection<AddedToken> Tokens => _byContent.Values;

    /// <summary>The token with this id, or null.</summary>
    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>The token with this content, or null.</summary>
    public AddedToken? Find(string content) => _byContent.GetValueOrDefault(content);

    /// <summary>Cuts a text into added tokens and what lies between; empty stretches are left out.</summary>
    public List<TextPart> Split(string text)
    {
        var parts = new List<TextPart>();
        int start = 0;
        while (start < text.Length && _lengths.Length > 0)
        {
            int offset = text.AsSpan(start).IndexOfAny(_search);
            if (offset < 0)
            {
                break;
            }

            var token = LongestAt(text.AsSpan(start + offset));
            parts.Add(new TextPart(start, offset, null));
            parts.Add(new TextPart(start + offset, token.Content.Length, token));
            start += offset + token.Content.Length;
        }

        parts.Add(new TextPart(start, text.Length - start, null));
        ApplyFlags(text, parts);
        parts.RemoveAll(part => part.Length == 0);
        return parts;
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        var lookup = _byContent.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (int length in _lengths)
        {
            if (length <= text.Length && lookup.TryGetValue(text[..length], out var token))
            {
                return token;
            }
        }

        throw new InvalidOperationException("The search found a token that the table lacks.");
    }

    // Parts alternate: ordinary text (maybe empty), token, ordinary text, ...
    private static void ApplyFlags(string text, List<TextPart> parts)
    {
        for (int i = 1; i < parts.Count; i += 2)
        {
            var (token, left, right) = (parts[i].Token!, parts[i - 1], parts[i + 1]);
            if (token.RightStrip)
            {
                int kept = UnicodeText.TrimStart(text.AsSpan(right.Start, right.Length)).Length;
                right = new TextPart(right.Start + right.Length - kept, kept, null);
            }

            if (token.LeftStrip)
            {
                left = left with { Length = UnicodeText.TrimEnd(text.AsSpan(left.Start, left.Length)).Length };
            }

            if (token.SingleWord && left.Length > 0 && text[left.Start + left.Length - 1] != ' ')
            {
                left = left with { Length = left.Length + parts[i].Length };
                parts[i] = default;
            }
            else if (token.SingleWord && right.Length > 0 && text[right.Start] != ' ')
            {
                right = new TextPart(parts[i].Start, parts[i].Length + right.Length, null);
                parts[i] = default;
            }

            (parts[i - 1], parts[i + 1]) = (left, right);
        }
    }
}
