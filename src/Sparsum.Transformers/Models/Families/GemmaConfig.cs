namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="GemmaArchitecture"/>.</summary>
public sealed record GemmaConfig : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public GemmaConfig()
    {
        NumKeyValueHeads = 16;
        HeadDim = 256;
        MaxPositionEmbeddings = 8192;
        TieWordEmbeddings = true;
    }

    /// <summary>
    /// Activation of the gate; null means tanh GELU whatever <c>hidden_act</c> says, as the first files name the wrong one there.
    /// </summary>
    public string? HiddenActivation { get; init; }

    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }
}
