namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Which stretches of text get a space in front.</summary>
internal enum PrefixSpace
{
    /// <summary>None.</summary>
    Never,

    /// <summary>Every stretch between added tokens, whatever it begins with.</summary>
    Always,

    /// <summary>Every stretch that does not begin with a space.</summary>
    EveryPart,

    /// <summary>The beginning of the text, unless it is a space.</summary>
    FirstPart,
}
