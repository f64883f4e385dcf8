namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Marian's translation models (Junczys-Dowmunt et al. 2018): an encoder and a decoder with sinusoids for positions, scaled embeddings, and
/// norms after the residuals.
/// </summary>
public sealed class MarianArchitecture() : Architecture<MarianConfig>(
    "marian",
    "model.",
    ModelConfigJson.Default.MarianConfig,
    (ModelTask.ConditionalGeneration, "MarianMTModel"))
{
    /// <inheritdoc/>
    /// <remarks>Older files hold the sinusoids.</remarks>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName) || tensorName.EndsWith("embed_positions.weight", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(MarianConfig config)
    {
        if (config.DecoderVocabSize is { } size && size != config.VocabSize)
        {
            throw ConfigCheck.Unsupported("decoder_vocab_size", $"{size}", $"vocab_size, {config.VocabSize}");
        }

        if (!config.ShareEncoderDecoderEmbeddings)
        {
            throw ConfigCheck.Unsupported("share_encoder_decoder_embeddings", "false", "true");
        }

        return new PostNormStacks(config).Build(
            _ => new StackPositions { Sinusoids = config.DModel, Length = config.MaxPositionEmbeddings }, hasEmbeddingNorm: false);
    }
}

/// <summary>Configuration of <see cref="MarianArchitecture"/>.</summary>
public sealed record MarianConfig : PostNormStacksConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public MarianConfig()
    {
        PadTokenId = 58_100;
        EosTokenId = [0];
        DecoderStartTokenId = 58_100;
        TieWordEmbeddings = true;
    }

    /// <summary>Number of token embeddings of the decoder; only that of the encoder is known.</summary>
    public int? DecoderVocabSize { get; init; }

    /// <summary>Whether both stacks read one table; only that is known.</summary>
    public bool ShareEncoderDecoderEmbeddings { get; init; } = true;
}
