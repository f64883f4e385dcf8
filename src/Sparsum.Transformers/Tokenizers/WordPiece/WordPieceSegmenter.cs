namespace Sparsum.Transformers.Tokenizers.WordPiece;

/// <summary>BERT's second stage: the longest piece first, from left to right; a word that does not come out is unknown as a whole.</summary>
internal sealed class WordPieceSegmenter
{
    private readonly WordPieceOptions _options;
    private readonly int _unknown;
    private readonly Dictionary<string, int> _starts;
    private readonly Dictionary<string, int> _continuations = new(StringComparer.Ordinal);
    private readonly int _longestPiece;

    /// <summary>Sorts the vocabulary into pieces that begin a word and pieces that go on.</summary>
    public WordPieceSegmenter(Dictionary<string, int> vocabulary, int unknown, WordPieceOptions options)
    {
        (_starts, _unknown, _options) = (vocabulary, unknown, options);
        foreach (var (piece, id) in vocabulary)
        {
            _longestPiece = Math.Max(_longestPiece, piece.Length);
            if (piece.StartsWith(options.ContinuationPrefix, StringComparison.Ordinal))
            {
                _continuations[piece[options.ContinuationPrefix.Length..]] = id;
            }
        }
    }

    /// <summary>Appends the ids of a word.</summary>
    public void Segment(string word, List<int> ids)
    {
        int first = ids.Count;
        bool known = word.Length <= 2 * _options.LongestWord && word.EnumerateRunes().Count() <= _options.LongestWord;
        for (int start = 0; known && start < word.Length;)
        {
            int length = LongestPiece(word.AsSpan(start), start == 0 ? _starts : _continuations, out int id);
            ids.Add(id);
            known = length > 0;
            start += length;
        }

        if (!known)
        {
            ids.RemoveRange(first, ids.Count - first);
            ids.Add(_unknown);
        }
    }

    private int LongestPiece(ReadOnlySpan<char> text, Dictionary<string, int> pieces, out int id)
    {
        var lookup = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int length = Math.Min(text.Length, _longestPiece); length > 0; length--)
        {
            if (lookup.TryGetValue(text[..length], out id))
            {
                return length;
            }
        }

        id = -1;
        return 0;
    }
}
