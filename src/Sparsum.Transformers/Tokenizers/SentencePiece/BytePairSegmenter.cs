using System.Buffers;
using System.Runtime.InteropServices;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>
/// Byte-pair encoding by piece scores: of all neighbours whose concatenation is a piece, the pair with the highest score is joined first,
/// from left to right among equals.
/// </summary>
internal sealed class BytePairSegmenter : ISegmenter
{
    private readonly Dictionary<int, int> _characters = [];
    private readonly MergeTable _merges;

    /// <summary>Takes merges that are known already.</summary>
    public BytePairSegmenter(IReadOnlyDictionary<string, int> vocabulary, MergeTable merges)
    {
        _merges = merges;
        foreach (var (piece, id) in vocabulary.Where(entry => entry.Key.Length is 1 or 2))
        {
            int code = UnicodeText.CodePointAt(piece, out int length);
            if (length == piece.Length)
            {
                _characters[code] = id;
            }
        }
    }

    /// <summary>Tabulates which pairs of symbols make a piece.</summary>
    public BytePairSegmenter(SentencePieceModel model)
    {
        var text = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            if (model.Pieces[id].Kind is PieceKind.Normal or PieceKind.UserDefined)
            {
                text.Add(model.Pieces[id].Text, id);
            }
        }

        float[] scores = [.. text.Values.Select(id => model.Pieces[id].Score).Distinct().OrderDescending()];
        var ranks = new Dictionary<float, int>(scores.Length);
        foreach (float score in scores)
        {
            ranks.Add(score, ranks.Count);
        }

        _merges = new MergeTable(text.Count * 2);
        var lookup = text.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (piece, id) in text)
        {
            int code = UnicodeText.CodePointAt(piece, out int first);
            if (first == piece.Length)
            {
                _characters[code] = id;
                continue;
            }

            for (int cut = first; cut < piece.Length; cut++)
            {
                if (!char.IsLowSurrogate(piece[cut]) && Find(piece.AsSpan(0, cut), out int left) && Find(piece.AsSpan(cut), out int right))
                {
                    _merges.Add(left, right, new Merge(ranks[model.Pieces[id].Score], id));
                }
            }
        }

        bool Find(ReadOnlySpan<char> part, out int symbol)
        {
            if (lookup.TryGetValue(part, out symbol))
            {
                return true;
            }

            symbol = ~UnicodeText.CodePointAt(part, out int length);
            return length == part.Length;
        }
    }

    /// <inheritdoc/>
    public void Segment(ReadOnlySpan<char> text, List<int> symbols)
    {
        int[] buffer = ArrayPool<int>.Shared.Rent(text.Length);
        int count = 0;
        while (!text.IsEmpty)
        {
            int code = UnicodeText.CodePointAt(text, out int length);
            buffer[count++] = _characters.TryGetValue(code, out int id) ? id : ~code;
            text = text[length..];
        }

        count = new BytePairMerger(_merges).Merge(buffer.AsSpan(0, count));
        CollectionsMarshal.SetCount(symbols, symbols.Count + count);
        buffer.AsSpan(0, count).CopyTo(CollectionsMarshal.AsSpan(symbols)[^count..]);
        ArrayPool<int>.Shared.Return(buffer);
    }
}
