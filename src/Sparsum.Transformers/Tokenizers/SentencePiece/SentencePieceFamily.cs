namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Families of models that use SentencePiece in slightly different ways.</summary>
internal enum SentencePieceFamily
{
    /// <summary>LLaMA, Mistral and relatives: begin token in front.</summary>
    Llama,

    /// <summary>T5 and relatives: end token behind, sentinels at the end of the vocabulary.</summary>
    T5,

    /// <summary>Gemma: like LLaMA, but no space is put in front and decoding goes id by id.</summary>
    Gemma,
}
