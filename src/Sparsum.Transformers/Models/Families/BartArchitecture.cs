namespace Sparsum.Transformers.Models.Families;

/// <summary>BART (Lewis et al. 2020): an encoder and a decoder with learned positions, norms after the residuals and of the embeddings.</summary>
public sealed class BartArchitecture() : Architecture<BartConfig>(
    "bart",
    "model.",
    ModelConfigJson.Default.BartConfig,
    (ModelTask.ConditionalGeneration, "BartForConditionalGeneration"))
{
    /// <summary>Row of the position tables that belongs to position 0.</summary>
    private const int PositionOffset = 2;

    /// <inheritdoc/>
    protected override TransformerModel Build(BartConfig config)
    {
        var stacks = new PostNormStacks(config);
        return stacks.Build(stack => new StackPositions
        {
            Table = stack.Embedding("embed_positions", config.MaxPositionEmbeddings + PositionOffset, config.DModel),
            Offset = PositionOffset,
        }, hasEmbeddingNorm: true);
    }
}

/// <summary>Configuration of <see cref="BartArchitecture"/>.</summary>
public sealed record BartConfig : PostNormStacksConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public BartConfig()
    {
        PadTokenId = 1;
        EosTokenId = [2];
        DecoderStartTokenId = 2;
        TieWordEmbeddings = true;
    }
}
