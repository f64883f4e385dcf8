namespace Sparsum.Transformers.Tokenizers;

/// <summary>What all tokenizers share: added tokens are cut out of the text first, special ids are put around it last.</summary>
internal abstract class TokenizerBase(AddedTokenSet added, SpecialTokens special, TemplateProcessing template, int vocabularySize) : ITokenizer
{
    private static readonly (string Found, string Written)[] _cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <inheritdoc/>
    public int VocabularySize => vocabularySize;

    /// <inheritdoc/>
    public int? BeginId => special.Begin;

    /// <inheritdoc/>
    public int? EndId => special.End;

    /// <inheritdoc/>
    public int? PadId => special.Pad;

    /// <inheritdoc/>
    public int? ClassId => special.Class;

    /// <inheritdoc/>
    public int? SeparatorId => special.Separator;

    /// <inheritdoc/>
    public int? MaskId => special.Mask;

    /// <inheritdoc/>
    public IReadOnlySet<int> SpecialIds => special.All;

    /// <summary>Whether decoding takes out spaces that English has not (<c>clean_up_tokenization_spaces</c>).</summary>
    public bool CleansUpSpaces { get; set; }

    /// <summary>The added tokens one by one.</summary>
    internal IEnumerable<AddedToken> AddedTokens => added.Tokens;

    /// <summary>The added tokens.</summary>
    protected AddedTokenSet Added => added;

    /// <summary>The special tokens.</summary>
    protected SpecialTokens Special => special;

    /// <inheritdoc/>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        EncodeContent(text, ids);
        return addSpecialTokens ? template.Apply(ids, null).Ids : [.. ids];
    }

    /// <inheritdoc/>
    public EncodedText EncodePair(
        string first, string? second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentOutOfRangeException.ThrowIfNegative(maxLength ?? 0, nameof(maxLength));
        var firstIds = new List<int>();
        EncodeContent(first, firstIds);
        var secondIds = new List<int>();
        if (second is not null)
        {
            EncodeContent(second, secondIds);
        }

        if (maxLength is { } limit)
        {
            Truncate(firstIds, secondIds, limit - template.Count(hasSecond: second is not null), truncation);
        }

        return template.Apply(firstIds, second is null ? null : secondIds);
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        string text = DecodeContent(ids, skipSpecialTokens);
        return CleansUpSpaces ? CleanUp(text) : text;
    }

    /// <summary>The text of ids before any spaces are taken out of it, which grows where ids are added.</summary>
    internal string DecodePlain(ReadOnlySpan<int> ids, bool skipSpecialTokens) => DecodeContent(ids, skipSpecialTokens);

    /// <summary>The text of ids.</summary>
    protected abstract string DecodeContent(ReadOnlySpan<int> ids, bool skipSpecialTokens);

    /// <summary>Appends the ids of a text without special ids around it.</summary>
    protected virtual void EncodeContent(string text, List<int> ids)
    {
        foreach (var part in added.Split(text))
        {
            EncodePart(text, part, ids);
        }
    }

    /// <summary>Appends the ids of one part of a text.</summary>
    protected void EncodePart(string text, TextPart part, List<int> ids)
    {
        if (part.Token is { } token)
        {
            ids.Add(token.Id);
        }
        else
        {
            EncodeOrdinary(text.Substring(part.Start, part.Length), ids);
        }
    }

    /// <summary>Appends the ids of a text that contains no added token.</summary>
    protected abstract void EncodeOrdinary(string text, List<int> ids);

    /// <summary>Fails for an id outside the vocabulary.</summary>
    protected void CheckId(int id)
    {
        if ((uint)id >= (uint)vocabularySize)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"Ids of this tokenizer run from 0 to {vocabularySize - 1}.");
        }
    }

    private static string CleanUp(string text)
    {
        foreach (var (found, written) in _cleanups)
        {
            text = text.Replace(found, written, StringComparison.Ordinal);
        }

        return text;
    }

    private static void Truncate(List<int> first, List<int> second, int room, Truncation truncation)
    {
        int excess = first.Count + second.Count - Math.Max(room, 0);
        if (excess <= 0)
        {
            return;
        }

        int fromFirst = truncation switch
        {
            Truncation.OnlyFirst => first.Count > excess ? excess : 0,
            Truncation.OnlySecond => 0,
            _ => ShareOfFirst(first.Count, second.Count, excess),
        };
        int fromSecond = truncation switch
        {
            Truncation.OnlyFirst => 0,
            Truncation.OnlySecond => second.Count > excess ? excess : 0,
            _ => excess - fromFirst,
        };
        first.RemoveRange(first.Count - fromFirst, fromFirst);
        second.RemoveRange(second.Count - fromSecond, fromSecond);
    }

    // How many of the tokens to be taken away, one by one from the longer text and among equals from the second, the first text gives.
    private static int ShareOfFirst(int first, int second, int excess)
    {
        int share = 0;
        for (; excess > 0; excess--)
        {
            if (second == 0 || first - share > second)
            {
                share++;
            }
            else
            {
                second--;
            }
        }

        return share;
    }
}
