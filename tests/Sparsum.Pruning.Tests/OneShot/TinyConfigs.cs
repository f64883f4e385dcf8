using Sparsum.Transformers.Models.Families;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>The smallest models of each kind: a decoder, an encoder, and both.</summary>
internal static class TinyConfigs
{
    public static LlamaConfig Llama { get; } = new()
    {
        VocabSize = 256,
        HiddenSize = 8,
        IntermediateSize = 12,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
    };

    public static BertConfig Bert { get; } = new()
    {
        VocabSize = 256,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 32,
        NumLabels = 3,
    };

    public static T5Config T5 { get; } = new()
    {
        VocabSize = 256,
        DModel = 16,
        DKv = 6,
        DFf = 24,
        NumLayers = 2,
        NumHeads = 4,
        NPositions = 32,
        FeedForwardProj = "gated-gelu",
        DecoderStartTokenId = 9,
    };
}
