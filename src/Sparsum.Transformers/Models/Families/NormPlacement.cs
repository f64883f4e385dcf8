namespace Sparsum.Transformers.Models.Families;

/// <summary>Where the norms of a block with residuals stand.</summary>
public enum NormPlacement
{
    /// <summary>Before attention and before the MLP: LLaMA, most others.</summary>
    BeforeParts,

    /// <summary>Before each, and on what each adds: Gemma 2 and 3.</summary>
    AroundParts,

    /// <summary>Only on what each adds: OLMo 2.</summary>
    AfterParts,
}
