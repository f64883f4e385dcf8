namespace Sparsum.Transformers.Tokenizers;

/// <summary>Turns text into token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids, added tokens included.</summary>
    int VocabularySize { get; }

    /// <summary>The id that begins a sequence, if the tokenizer has one.</summary>
    int? BeginId { get; }

    /// <summary>The id that ends a sequence, if the tokenizer has one.</summary>
    int? EndId { get; }

    /// <summary>The padding id, if the tokenizer has one.</summary>
    int? PadId { get; }

    /// <summary>The id that summarises a sequence for a classifier, if the tokenizer has one.</summary>
    int? ClassId => null;

    /// <summary>The id that stands behind a text, if the tokenizer has one.</summary>
    int? SeparatorId => null;

    /// <summary>The id that hides a token for masked language modelling, if the tokenizer has one.</summary>
    int? MaskId => null;

    /// <summary>Ids of the special tokens, which decoding can leave out.</summary>
    IReadOnlySet<int> SpecialIds { get; }

    /// <summary>
    /// The ids of a text. With <paramref name="addSpecialTokens"/> the tokenizer's default special tokens are put around it
    /// (LLaMA: begin; OPT: <c>&lt;/s&gt;</c> in front; BERT: <c>[CLS]</c> and <c>[SEP]</c>).
    /// </summary>
    int[] Encode(string text, bool addSpecialTokens = true);

    /// <summary>
    /// The ids of one text or two with the default special tokens around and between them, cut to a length.
    /// </summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text, or null.</param>
    /// <param name="maxLength">The largest number of ids, special ones included; null for no limit.</param>
    /// <param name="truncation">Which text gives way. What is cut is the end of the text.</param>
    EncodedText EncodePair(string first, string? second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst);

    /// <summary>The text of ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false);
}
