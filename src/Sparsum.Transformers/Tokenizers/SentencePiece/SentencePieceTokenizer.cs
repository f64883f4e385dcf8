using System.Runtime.InteropServices;
using System.Text;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>
/// A SentencePiece model with the rules that LLaMA, T5 and Gemma put around it. "Legacy" is the published behaviour of the first two until
/// 2023: each stretch between added tokens gets its own space in front. Otherwise only the beginning of the text gets one.
/// </summary>
internal sealed class SentencePieceTokenizer : TokenizerBase
{
    private readonly SentencePieceModel _model;
    private readonly SentencePieceFamily _family;
    private readonly SentencePieceEncoder _encoder;
    private readonly SentencePieceDecoder _decoder;
    private readonly bool _legacy;
    private readonly bool _addPrefixSpace;
    private readonly int _spaceId;
    private readonly string _guard = "";
    private readonly int _guardLength;

    /// <summary>Puts the parts together; <see cref="SentencePieceLoader"/> makes them.</summary>
    /// <param name="model">The model as its file has it.</param>
    /// <param name="family">Whose rules apply.</param>
    /// <param name="legacy">See the class.</param>
    /// <param name="addPrefixSpace">Whether the text gets a space in front where not legacy, and decoding takes it away.</param>
    /// <param name="added">Added tokens.</param>
    /// <param name="special">Tokens with a role.</param>
    /// <param name="template">Ids around texts.</param>
    /// <param name="size">Number of ids.</param>
    /// <param name="file">The file, for error messages.</param>
    public SentencePieceTokenizer(
        SentencePieceModel model,
        SentencePieceFamily family,
        bool legacy,
        bool addPrefixSpace,
        AddedTokenSet added,
        SpecialTokens special,
        TemplateProcessing template,
        int size,
        string? file)
        : base(added, special, template, size)
    {
        _model = legacy || family == SentencePieceFamily.Gemma ? model : model with { AddDummyPrefix = false };
        (_family, _legacy, _addPrefixSpace) = (family, legacy, addPrefixSpace);
        _encoder = new SentencePieceEncoder(_model, file);
        _decoder = new SentencePieceDecoder(_model);
        _spaceId = -1;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            if (model.Pieces[id].Text is [SentencePieceModel.SpaceSymbol])
            {
                _spaceId = id;
            }
        }

        if (!legacy && family != SentencePieceFamily.Gemma && special.Unknown is { } unknown)
        {
            var ids = new List<int>();
            _guard = Surface(unknown);
            _encoder.Encode(_guard, ids);
            _guardLength = ids.Count;
        }
    }

    /// <inheritdoc/>
    protected override string DecodeContent(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var kept = new List<int>(ids.Length);
        foreach (int id in ids)
        {
            CheckId(id);
            if (!skipSpecialTokens || !SpecialIds.Contains(id))
            {
                kept.Add(id);
            }
        }

        var span = CollectionsMarshal.AsSpan(kept);
        return _family == SentencePieceFamily.Gemma ? DecodeGemma(span) : DecodeParts(span);
    }

    /// <inheritdoc/>
    protected override void EncodeContent(string text, List<int> ids)
    {
        if (_legacy || _family == SentencePieceFamily.Gemma || text.Length == 0)
        {
            base.EncodeContent(text, ids);
            return;
        }

        text = text.Replace(SentencePieceModel.SpaceSymbol, ' ');
        text = _addPrefixSpace ? SentencePieceModel.SpaceSymbol + text : text;
        var parts = Added.Split(text);
        int first = ids.Count;
        for (int i = 0; i < parts.Count; i++)
        {
            // The space in front belongs to a word; where the text begins with a special token there is none.
            if (i == 1 && ids.Count == first + 1 && ids[first] == _spaceId && parts[1].Token is { IsSpecial: true })
            {
                ids.RemoveAt(first);
            }

            EncodePart(text, parts[i], ids);
        }
    }

    /// <inheritdoc/>
    protected override void EncodeOrdinary(string text, List<int> ids)
    {
        if (_guardLength == 0 || text.Length == 0 || text[0] is not (' ' or SentencePieceModel.SpaceSymbol))
        {
            _encoder.Encode(text, ids);
            return;
        }

        // A guard in front keeps the normaliser from taking the leading space away; its ids are cut off again.
        var guarded = new List<int>();
        _encoder.Encode(_guard + text, guarded);
        ids.AddRange(guarded.Count >= _guardLength ? CollectionsMarshal.AsSpan(guarded)[_guardLength..] : default);
    }

    private string DecodeGemma(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder();
        int start = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (Added.Find(ids[i]) is { } token)
            {
                text.Append(_decoder.Decode(ids[start..i])).Append(token.Content);
                start = i + 1;
            }
        }

        return text.Append(_decoder.Decode(ids[start..])).Replace(SentencePieceModel.SpaceSymbol, ' ').ToString();
    }

    // Added tokens without a role, and sentinels beyond the model's own pieces, stand apart with spaces around them.
    private string DecodeParts(ReadOnlySpan<int> ids)
    {
        var parts = new List<string>();
        int start = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] >= _model.Pieces.Count || (Added.Find(ids[i]) is not null && !SpecialIds.Contains(ids[i])))
            {
                AddRun(ids[start..i]);
                parts.Add(Surface(ids[i]));
                start = i + 1;
            }
        }

        AddRun(ids[start..]);
        return string.Join(' ', parts);

        void AddRun(ReadOnlySpan<int> run)
        {
            if (DecodeRun(run) is { Length: > 0 } text)
            {
                parts.Add(text);
            }
        }
    }

    // Pieces and special tokens. The published decoders put the space that sets a special token off in front of the text before it.
    private string DecodeRun(ReadOnlySpan<int> ids)
    {
        bool isT5 = _family == SentencePieceFamily.T5;
        var text = new StringBuilder();
        int start = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            bool afterSpecial = start == i && i > 0;
            if (SpecialIds.Contains(ids[i]))
            {
                if (!afterSpecial && (isT5 || (_legacy && i > 0)))
                {
                    text.Append(' ');
                }

                text.Append(DecodePieces(ids, start, i)).Append(Surface(ids[i]));
                start = i + 1;
            }
            else if (afterSpecial && i == 1 && !isT5 && _addPrefixSpace && !Surface(ids[i]).StartsWith(SentencePieceModel.SpaceSymbol))
            {
                text.Append(' ');
            }
        }

        text.Append(DecodePieces(ids, start, ids.Length));
        return isT5 ? UnicodeText.TrimEnd(UnicodeText.TrimStart(text.ToString())).ToString() : text.ToString();
    }

    private string DecodePieces(ReadOnlySpan<int> ids, int start, int end) =>
        _decoder.Decode(ids[start..end], dropFirstSpace: _addPrefixSpace && start == 0);

    private string Surface(int id) => Added.Find(id)?.Content ?? (id < _model.Pieces.Count ? _model.Pieces[id].Text : "");
}
