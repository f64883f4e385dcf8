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

    /// <summary>Ids of the special tokens, which decoding can leave out.</summary>
    IReadOnlySet<int> SpecialIds { get; }

    /// <summary>
    /// The ids of a text. With <paramref name="addSpecialTokens"/> the tokenizer's default special tokens are put around it
    /// (LLaMA: begin; OPT: <c>&lt;/s&gt;</c> in front; BERT: <c>[CLS]</c> and <c>[SEP]</c>).
    /// </summary>
    int[] Encode(string text, bool addSpecialTokens = true);

    /// <summary>The text of ids.</summary>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false);
}
