using System.Runtime.InteropServices;

namespace Sparsum.Transformers.Tokenizers;

/// <summary>
/// Turns ids into text one by one, as generation produces them. Bytes that do not yet form a character are held back until they do.
/// </summary>
/// <param name="tokenizer">The tokenizer of the ids.</param>
/// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
public sealed class TokenStream(ITokenizer tokenizer, bool skipSpecialTokens = true)
{
    private const char Replacement = '\uFFFD';

    private readonly List<int> _ids = [];
    private int _context;
    private int _written;

    /// <summary>Takes the next id.</summary>
    /// <returns>The text that has become certain, which may be empty.</returns>
    public string Push(int id)
    {
        _ids.Add(id);
        return Advance(isLast: false);
    }

    /// <summary>Ends the stream.</summary>
    /// <returns>What was held back; incomplete characters as U+FFFD.</returns>
    public string Finish() => Advance(isLast: true);

    // Decoding depends on what stands before (a first space is dropped, pieces of a word are joined), so the ids written last are decoded
    // again together with the new ones, and what comes out behind their text is new.
    private string Advance(bool isLast)
    {
        var ids = CollectionsMarshal.AsSpan(_ids);
        string before = Decode(ids[_context.._written]);
        string after = Decode(ids[_context..]);
        bool grows = after.Length > before.Length && after.StartsWith(before, StringComparison.Ordinal);
        if (!grows || (!isLast && after[^1] == Replacement))
        {
            return "";
        }

        (_context, _written) = (_written, _ids.Count);
        return after[before.Length..];
    }

    // Spaces that a decoder takes out again once it sees what follows are written by then: here they stay.
    private string Decode(ReadOnlySpan<int> ids) => tokenizer is TokenizerBase known
        ? known.DecodePlain(ids, skipSpecialTokens)
        : tokenizer.Decode(ids, skipSpecialTokens);
}
