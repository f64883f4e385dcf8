namespace Sparsum.Transformers.Tokenizers;

/// <summary>What all tokenizers share: added tokens are cut out of the text first, special ids are put around it last.</summary>
internal abstract class TokenizerBase(AddedTokenSet added, SpecialTokens special, SequenceTemplate template, int vocabularySize) : ITokenizer
{
    /// <inheritdoc/>
    public int VocabularySize => vocabularySize;

    /// <inheritdoc/>
    public int? BeginId => special.Begin;

    /// <inheritdoc/>
    public int? EndId => special.End;

    /// <inheritdoc/>
    public int? PadId => special.Pad;

    /// <inheritdoc/>
    public IReadOnlySet<int> SpecialIds => special.All;

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
        return addSpecialTokens ? [.. template.BeforeFirst, .. ids, .. template.EndOf(ids, template.AfterFirst)] : [.. ids];
    }

    /// <inheritdoc/>
    public abstract string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false);

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
}
