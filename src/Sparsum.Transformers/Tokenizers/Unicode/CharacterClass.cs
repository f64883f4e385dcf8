namespace Sparsum.Transformers.Tokenizers.Unicode;

/// <summary>The four classes that splitting rules tell apart.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Anything else: punctuation, symbols, marks, control characters.</summary>
    Other,

    /// <summary>General category L.</summary>
    Letter,

    /// <summary>General category N.</summary>
    Number,

    /// <summary>Unicode property White_Space.</summary>
    Space,
}
