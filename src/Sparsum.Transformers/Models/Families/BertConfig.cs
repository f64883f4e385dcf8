namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="BertArchitecture"/>, and what RoBERTa and ELECTRA share with it.</summary>
public record BertConfig : EncoderConfig
{
    /// <summary>Kind of positions; only <c>absolute</c> is known.</summary>
    public string PositionEmbeddingType { get; init; } = "absolute";

    /// <summary>Whether tokens see only those before them; not supported.</summary>
    public bool IsDecoder { get; init; }

    /// <summary>Dropout before the classifier in training; null means <see cref="EncoderConfig.HiddenDropoutProb"/>.</summary>
    public double? ClassifierDropout { get; init; }
}
