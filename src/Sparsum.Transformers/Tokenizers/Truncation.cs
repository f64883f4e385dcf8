namespace Sparsum.Transformers.Tokenizers;

/// <summary>Which of two texts gives way where both together are too long.</summary>
public enum Truncation
{
    /// <summary>Token by token whichever is longer; among equals the second.</summary>
    LongestFirst,

    /// <summary>The first text, and if it is too short to make room nothing is cut.</summary>
    OnlyFirst,

    /// <summary>The second text, and if it is too short to make room nothing is cut.</summary>
    OnlySecond,
}
