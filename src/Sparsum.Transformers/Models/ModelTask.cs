namespace Sparsum.Transformers.Models;

/// <summary>What a model's head computes, which its configuration says by the class under <c>architectures</c>.</summary>
public enum ModelTask
{
    /// <summary>The next token, for every token.</summary>
    CausalLanguageModeling,

    /// <summary>The token behind a mask, for every token.</summary>
    MaskedLanguageModeling,

    /// <summary>The next token of a target text that belongs to a source text.</summary>
    ConditionalGeneration,

    /// <summary>A class or a number, for every sequence.</summary>
    SequenceClassification,
}
