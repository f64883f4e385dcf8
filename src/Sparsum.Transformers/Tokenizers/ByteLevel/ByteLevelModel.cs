namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Vocabulary and merges of a byte-level tokenizer, and how text is cut into words.</summary>
internal sealed record ByteLevelModel
{
    /// <summary>Ids of the tokens, written in <see cref="ByteAlphabet"/>.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    /// <summary>Which pairs are joined, in order.</summary>
    public required MergeTable Merges { get; init; }

    /// <summary>Cuts text into words.</summary>
    public required IPreTokenizer Splitter { get; init; }

    /// <summary>The text is brought to Unicode form C first.</summary>
    public bool Composes { get; init; }

    /// <summary>Text that does not begin with a space gets one.</summary>
    public bool AddsPrefixSpace { get; init; }

    /// <summary>Added tokens that are not special stand apart with spaces when decoded, as the published Python classes have it.</summary>
    public bool SpacesAddedTokens { get; init; }
}
