using System.Runtime.InteropServices;
using System.Text;
using Sparsum.Transformers.Tokenizers.ByteLevel;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>
/// A tokenizer as <c>tokenizer.json</c> describes it. Added tokens that are not to be normalised are cut out of the raw text; what lies
/// between is normalised piece by piece, those that are to be normalised are cut out of that, and the rest goes through pre-tokenizers
/// and model.
/// </summary>
internal sealed class JsonTokenizer : TokenizerBase
{
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder _normalized;
    private readonly WordCache _cache = new();
    private readonly string?[] _tokens;

    /// <summary>Puts the parts together.</summary>
    /// <param name="model">The model.</param>
    /// <param name="normalize">The normaliser.</param>
    /// <param name="added">Added tokens, special ones first.</param>
    /// <param name="special">Tokens with a role.</param>
    /// <param name="template">Ids around texts.</param>
    /// <param name="size">Number of ids.</param>
    public JsonTokenizer(
        TokenModel model,
        Func<string, string> normalize,
        IReadOnlyList<AddedToken> added,
        SpecialTokens special,
        TemplateProcessing template,
        int size)
        : base(new AddedTokenSet(added), special, template, size)
    {
        (Model, Normalize) = (model, normalize);
        _raw = new AddedTokenFinder(added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalized = new AddedTokenFinder(added.Where(token => token.Normalized).Select(token => (normalize(token.Content), token)));
        _tokens = new string?[size];
        foreach (var (token, id) in model.Vocabulary)
        {
            _tokens[id] = token;
        }

        foreach (var token in added)
        {
            _tokens[token.Id] = token.Content;
        }
    }

    /// <summary>The file.</summary>
    public required TokenizerJson Source { get; init; }

    /// <summary>The model.</summary>
    public TokenModel Model { get; }

    /// <summary>The normaliser.</summary>
    public Func<string, string> Normalize { get; }

    /// <summary>The rules that cut text into words.</summary>
    public required IReadOnlyList<SplitStep> Steps { get; init; }

    /// <summary>Whether words are written in the alphabet of bytes before the model sees them.</summary>
    public bool IsByteLevel { get; init; }

    /// <summary>The decoder.</summary>
    public required Func<List<string>, string> Join { get; init; }

    /// <inheritdoc/>
    protected override string DecodeContent(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            CheckId(id);
            if (_tokens[id] is { } token && !(skipSpecialTokens && SpecialIds.Contains(id)))
            {
                tokens.Add(token);
            }
        }

        return Join(tokens);
    }

    /// <inheritdoc/>
    protected override void EncodeContent(string text, List<int> ids)
    {
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            // Half of a surrogate pair is no character; it becomes the one that stands for such.
            text = string.Concat(text.EnumerateRunes());
        }

        foreach (var part in _raw.Split(text))
        {
            if (part.Token is not null)
            {
                ids.Add(part.Token.Id);
                continue;
            }

            string normalized = Normalize(text.Substring(part.Start, part.Length));
            foreach (var inner in _normalized.Split(normalized))
            {
                if (inner.Token is not null)
                {
                    ids.Add(inner.Token.Id);
                    continue;
                }

                EncodeStretch(new Stretch(normalized, inner.Start, inner.Length, part.Start == 0 && inner.Start == 0), ids);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EncodeOrdinary(string text, List<int> ids) => EncodeStretch(new Stretch(text, isFirst: false), ids);

    private void EncodeStretch(Stretch stretch, List<int> ids)
    {
        var (pieces, next) = (new List<Stretch> { stretch }, new List<Stretch>());
        foreach (var step in Steps)
        {
            foreach (var piece in pieces)
            {
                step(piece, next);
            }

            (pieces, next) = (next, pieces);
            next.Clear();
        }

        foreach (var piece in pieces)
        {
            EncodeWord(piece.Span, ids);
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (!Model.IsCacheable)
        {
            Model.Encode(Spell(word), ids);
        }
        else if (_cache.TryGet(word, out int[] known))
        {
            ids.AddRange(known);
        }
        else
        {
            int start = ids.Count;
            Model.Encode(Spell(word), ids);
            _cache.Add(word, CollectionsMarshal.AsSpan(ids)[start..]);
        }
    }

    private string Spell(ReadOnlySpan<char> word)
    {
        if (!IsByteLevel)
        {
            return word.ToString();
        }

        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        return string.Create(bytes.Length, bytes, static (characters, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                characters[i] = ByteAlphabet.CharacterOf(source[i]);
            }
        });
    }
}
