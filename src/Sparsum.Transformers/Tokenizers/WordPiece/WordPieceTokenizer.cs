using System.Runtime.InteropServices;
using System.Text;

namespace Sparsum.Transformers.Tokenizers.WordPiece;

/// <summary>BERT's tokenizer (Devlin et al. 2019, after Wu et al. 2016).</summary>
internal sealed class WordPieceTokenizer : TokenizerBase
{
    private readonly WordPieceOptions _options;
    private readonly BasicPreTokenizer _splitter;
    private readonly WordPieceSegmenter _segmenter;
    private readonly WordCache _cache = new();
    private readonly AddedTokenSet _keptAsWritten;
    private readonly string?[] _tokens;

    /// <summary>Puts the parts together.</summary>
    public WordPieceTokenizer(
        Dictionary<string, int> vocabulary,
        WordPieceOptions options,
        AddedTokenSet added,
        SpecialTokens special,
        TemplateProcessing template,
        int size)
        : base(added, special, template, size)
    {
        _options = options;
        _splitter = new BasicPreTokenizer(options);
        _segmenter = new WordPieceSegmenter(vocabulary, special.Unknown ?? 0, options);
        _keptAsWritten = new AddedTokenSet(added.Tokens
            .Where(token => token.IsSpecial || token.Normalized)
            .Select(token => new AddedToken(token.Id, token.Content)));
        _tokens = new string?[size];
        foreach (var (token, id) in vocabulary)
        {
            _tokens[id] = token;
        }

        foreach (var token in added.Tokens)
        {
            _tokens[token.Id] = token.Content;
        }
    }

    /// <inheritdoc/>
    protected override string DecodeContent(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            CheckId(id);
            if (skipSpecialTokens && SpecialIds.Contains(id))
            {
                continue;
            }

            string token = _tokens[id] ?? "";
            bool continues = text.Length > 0 && token.StartsWith(_options.ContinuationPrefix, StringComparison.Ordinal);
            text.Append(text.Length == 0 || continues ? "" : " ");
            text.Append(token.AsSpan(continues ? _options.ContinuationPrefix.Length : 0));
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    protected override void EncodeContent(string text, List<int> ids) =>
        base.EncodeContent(_options.LowerCases ? LowerOutsideTokens(text) : text, ids);

    /// <inheritdoc/>
    protected override void EncodeOrdinary(string text, List<int> ids)
    {
        var pieces = new List<int>();
        foreach (string word in _splitter.Split(text))
        {
            if (_cache.TryGet(word, out int[] known))
            {
                ids.AddRange(known);
                continue;
            }

            pieces.Clear();
            _segmenter.Segment(word, pieces);
            _cache.Add(word, CollectionsMarshal.AsSpan(pieces));
            ids.AddRange(pieces);
        }
    }

    // Added tokens are searched for in lower-case text, but special ones keep their case.
    private string LowerOutsideTokens(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (var part in _keptAsWritten.Split(text))
        {
            var span = text.AsSpan(part.Start, part.Length);
            lower.Append(part.Token is null ? BasicPreTokenizer.ToLower(span) : span);
        }

        return lower.ToString();
    }
}
