using System.Runtime.InteropServices;
using System.Text;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Text to piece ids by a SentencePiece model.</summary>
internal sealed class SentencePieceEncoder
{
    private readonly SentencePieceNormalizer _normalizer;
    private readonly ISegmenter _segmenter;
    private readonly PieceTrie _userDefined = new();
    private readonly WordCache _cache = new();
    private readonly int[]? _byteIds;
    private readonly int _unknown;
    private readonly bool _wordsAreIndependent;

    /// <summary>Prepares the tables of a model.</summary>
    /// <exception cref="TokenizerException">The normalisation rules are damaged.</exception>
    public SentencePieceEncoder(SentencePieceModel model, string? file = null)
        : this(model, model.IsBytePair ? new BytePairSegmenter(model) : new UnigramSegmenter(model), file)
    {
    }

    /// <summary>Prepares the tables of a model whose pieces are found by a segmenter of its own.</summary>
    /// <exception cref="TokenizerException">The normalisation rules are damaged.</exception>
    public SentencePieceEncoder(SentencePieceModel model, ISegmenter segmenter, string? file)
    {
        _segmenter = segmenter;
        var pieces = model.Pieces;
        _byteIds = model.ByteFallback ? new int[256] : null;
        _wordsAreIndependent = true;
        for (int id = 0; id < pieces.Count; id++)
        {
            switch (pieces[id].Kind)
            {
                case PieceKind.UserDefined:
                    _userDefined.Add(pieces[id].Text, id);
                    break;
                case PieceKind.Unknown:
                    _unknown = id;
                    break;
                case PieceKind.Byte when _byteIds is not null && BytePiece.TryParse(pieces[id].Text, out byte value):
                    _byteIds[value] = id;
                    break;
            }

            _wordsAreIndependent &= NextWord(pieces[id].Text) == pieces[id].Text.Length;
        }

        _normalizer = new SentencePieceNormalizer(model, CharacterMap.Read(model.CharacterMap, file), _userDefined);
        if (!model.IsBytePair)
        {
            // The unigram search itself prefers user-defined pieces. It takes texts whole: the sums it compares are rounded, so that what
            // came before decides between equally probable paths, and nothing can be looked up word by word.
            _userDefined = new PieceTrie();
            _wordsAreIndependent = false;
        }
    }

    /// <summary>Appends the ids of a text.</summary>
    public void Encode(string text, List<int> ids)
    {
        ReadOnlySpan<char> rest = _normalizer.Normalize(text);
        int first = ids.Count;
        var symbols = new List<int>();
        while (!rest.IsEmpty)
        {
            int length = _userDefined.LongestMatch(rest, out int id);
            if (length > 0)
            {
                ids.Add(id);
            }
            else
            {
                length = StretchLength(rest);
                EncodeStretch(rest[..length], symbols, ids, first);
            }

            rest = rest[length..];
        }
    }

    private void EncodeStretch(ReadOnlySpan<char> stretch, List<int> symbols, List<int> ids, int first)
    {
        if (_wordsAreIndependent && _cache.TryGet(stretch, out int[] known))
        {
            AddSymbols(known, ids, first);
            return;
        }

        symbols.Clear();
        _segmenter.Segment(stretch, symbols);
        var found = CollectionsMarshal.AsSpan(symbols);
        if (_wordsAreIndependent)
        {
            _cache.Add(stretch, found);
        }

        AddSymbols(found, ids, first);
    }

    // Characters outside the vocabulary become their bytes, or, a run of them together, one unknown piece.
    private void AddSymbols(ReadOnlySpan<int> symbols, List<int> ids, int first)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (int symbol in symbols)
        {
            if (symbol >= 0)
            {
                ids.Add(symbol);
            }
            else if (_byteIds is not null)
            {
                foreach (byte value in bytes[..new Rune(~symbol).EncodeToUtf8(bytes)])
                {
                    ids.Add(_byteIds[value]);
                }
            }
            else if (ids.Count == first || ids[^1] != _unknown)
            {
                ids.Add(_unknown);
            }
        }
    }

    // A stretch that no piece can leave: up to the next user-defined piece or, if no piece has a space inside, up to the next word.
    private int StretchLength(ReadOnlySpan<char> text)
    {
        if (_userDefined.IsEmpty)
        {
            return _wordsAreIndependent ? NextWord(text) : text.Length;
        }

        // Character by character: a search for the next word ahead of user-defined pieces would run over the same text again and again.
        int length = 1;
        while (length < text.Length
            && !(_wordsAreIndependent && text[length] == SentencePieceModel.SpaceSymbol && text[length - 1] != text[length])
            && _userDefined.LongestMatch(text[length..], out _) == 0)
        {
            length++;
        }

        return length;
    }

    // Words begin with space symbols: the first place where a space symbol follows something else.
    private static int NextWord(ReadOnlySpan<char> text)
    {
        int word = text.IndexOfAnyExcept(SentencePieceModel.SpaceSymbol);
        int space = word < 0 ? -1 : text[word..].IndexOf(SentencePieceModel.SpaceSymbol);
        return space < 0 ? text.Length : word + space;
    }
}
