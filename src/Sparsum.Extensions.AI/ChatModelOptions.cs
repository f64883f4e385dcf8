using Sparsum.Tensors;
using Sparsum.Transformers.Generation;

namespace Sparsum.Extensions.AI;

/// <summary>How a model for conversations is held and what its answers are where a request does not say.</summary>
public sealed record ChatModelOptions
{
    /// <summary>How the weights are held; <see cref="StorageType.Auto"/> keeps every value and leaves zeros out where that is faster.</summary>
    public StorageType Storage { get; init; } = StorageType.Auto;

    /// <summary>How keys and values of earlier tokens are held, as <see cref="GenerationOptions.CacheStorage"/> says.</summary>
    public StorageType CacheStorage { get; init; } = StorageType.Float32;

    /// <summary>Threads to compute with; 0 means all cores.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Most tokens of an answer where neither the request nor the model's <c>generation_config.json</c> says; fewer where the model has no
    /// positions for as many.
    /// </summary>
    public int MaxOutputTokens { get; init; } = 512;
}

/// <summary>How texts become vectors.</summary>
public sealed record EmbeddingModelOptions
{
    /// <summary>
    /// What becomes of the tokens' states; null takes what the model's <c>1_Pooling/config.json</c> says, and where there is none the mean of an
    /// encoder and the last token of a decoder.
    /// </summary>
    public TextPooling? Pooling { get; init; }

    /// <summary>Whether vectors are made one long, so that their product is the cosine.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Longer texts are cut to so many tokens, special ones included; null refuses texts that the model has no positions for.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Tokens that go through the model together, padding included; a longer text goes alone.</summary>
    public int BatchTokens { get; init; } = 4096;

    /// <summary>How the weights are held; <see cref="StorageType.Auto"/> keeps every value and leaves zeros out where that is faster.</summary>
    public StorageType Storage { get; init; } = StorageType.Auto;

    /// <summary>Threads to compute with; 0 means all cores.</summary>
    public int Threads { get; init; }
}

/// <summary>What becomes of the states of a text's tokens.</summary>
public enum TextPooling
{
    /// <summary>Their mean (Reimers and Gurevych 2019, Sentence-BERT).</summary>
    Mean,

    /// <summary>The first one: that of the class token.</summary>
    Cls,

    /// <summary>The last one, which in a decoder has seen all others.</summary>
    LastToken,
}
