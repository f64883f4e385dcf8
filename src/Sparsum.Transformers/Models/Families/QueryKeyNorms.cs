namespace Sparsum.Transformers.Models.Families;

/// <summary>Which norms queries and keys have before rotation.</summary>
public enum QueryKeyNorms
{
    /// <summary>None.</summary>
    None,

    /// <summary>One over each head, with weights that the heads share: Qwen3, Gemma 3.</summary>
    PerHead,

    /// <summary>One over all heads of a token together: OLMo 2.</summary>
    WholeProjection,
}
