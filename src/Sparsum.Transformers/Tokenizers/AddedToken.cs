namespace Sparsum.Transformers.Tokenizers;

/// <summary>A token that is found in the text before any other rule applies.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
public sealed record AddedToken(int Id, string Content)
{
    /// <summary>White space to its left belongs to the token.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>White space to its right belongs to the token.</summary>
    public bool RightStrip { get; init; }

    /// <summary>Matches only where it stands alone.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Searched for in the normalised text instead of the raw one.</summary>
    public bool Normalized { get; init; }

    /// <summary>Carries structure, not text: decoding can leave it out.</summary>
    public bool IsSpecial { get; init; }
}
