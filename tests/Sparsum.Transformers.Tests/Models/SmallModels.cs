using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>One small configuration per family.</summary>
internal static class SmallModels
{
    public static LlamaConfig Llama { get; } = new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        AttentionBias = true,
        MlpBias = true,
        EosTokenId = [2],
    };

    public static Gpt2Config Gpt2 { get; } = new() { VocabSize = 31, NEmbd = 16, NLayer = 2, NHead = 4, NPositions = 32 };

    public static BertConfig Bert { get; } = new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 32,
    };

    public static T5Config T5 { get; } = new()
    {
        VocabSize = 31,
        DModel = 16,
        DKv = 6,
        DFf = 24,
        NumLayers = 2,
        NumDecoderLayers = 3,
        NumHeads = 4,
        RelativeAttentionNumBuckets = 8,
        RelativeAttentionMaxDistance = 20,
        FeedForwardProj = "gated-gelu",
        TieWordEmbeddings = false,
    };

    private static readonly ModelConfig[] All =
    [
        Bert with { Architectures = ["BertForMaskedLM"] },
        Llama,
        Gpt2,
        new MistralConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            SlidingWindow = 3,
            EosTokenId = [2, 3],
        },
        new Qwen2Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            TieWordEmbeddings = true,
            UseSlidingWindow = true,
            SlidingWindow = 4,
            MaxWindowLayers = 1,
        },
        new Qwen3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 4,
            HeadDim = 6,
        },
        new GemmaConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 1,
            HeadDim = 6,
        },
        new OptConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            FfnDim = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            WordEmbedProjDim = 8,
            DoLayerNormBefore = false,
            InitStd = 0.05,
        },
        new PhiConfig { VocabSize = 31, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4 },
        new GptNeoXConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            UseParallelResidual = false,
        },
        T5,
        new Gemma2Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            HeadDim = 6,
            SlidingWindow = 3,
        },
        new Gemma3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            HeadDim = 6,
            SlidingWindow = 3,
            SlidingWindowPattern = 2,
        },
        new Olmo2Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
        },
        new SmolLm3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            NoRopeLayerInterval = 2,
        },
        new Phi3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
        },
        new MixtralConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            NumLocalExperts = 3,
        },
        new Qwen2MoeConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            NumExperts = 3,
            NumExpertsPerTok = 2,
            MoeIntermediateSize = 24,
            SharedExpertIntermediateSize = 20,
        },
        new Qwen3MoeConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            HeadDim = 6,
            NumExperts = 3,
            NumExpertsPerTok = 2,
            MoeIntermediateSize = 20,
            MlpOnlyLayers = [1],
        },
        new RobertaConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            TypeVocabSize = 1,
        },
        new ElectraConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            EmbeddingSize = 12,
        },
        new ModernBertConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            LocalAttention = 4,
            PadTokenId = 0,
        },
        new DistilBertConfig { VocabSize = 31, Dim = 16, HiddenDim = 24, NLayers = 2, NHeads = 4, MaxPositionEmbeddings = 32 },
        new BartConfig
        {
            VocabSize = 31,
            DModel = 16,
            EncoderLayers = 2,
            DecoderLayers = 2,
            EncoderAttentionHeads = 4,
            DecoderAttentionHeads = 4,
            EncoderFfnDim = 24,
            DecoderFfnDim = 24,
            MaxPositionEmbeddings = 32,
        },
        new MarianConfig
        {
            VocabSize = 31,
            DModel = 16,
            EncoderLayers = 2,
            DecoderLayers = 2,
            EncoderAttentionHeads = 4,
            DecoderAttentionHeads = 4,
            EncoderFfnDim = 24,
            DecoderFfnDim = 24,
            MaxPositionEmbeddings = 32,
            PadTokenId = 30,
            DecoderStartTokenId = 30,
        },
        new DebertaV2Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            PositionBuckets = 8,
            ShareAttKey = true,
            PosAttType = ["c2p", "p2c"],
            NormRelEbd = "layer_norm",
        },
        new BloomConfig { VocabSize = 31, HiddenSize = 16, NLayer = 2, NHead = 4 },
        new FalconConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            FfnHiddenSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKvHeads = 2,
            NewDecoderArchitecture = true,
        },
        new GptJConfig { VocabSize = 31, NEmbd = 16, NInner = 24, NLayer = 2, NHead = 4, RotaryDim = 2 },
    ];

    public static TheoryData<string> ModelTypes() => new(ArchitectureRegistry.BuiltIn.All.Select(architecture => architecture.ModelType));

    public static TheoryData<string> LanguageModelTypes() => new(ArchitectureRegistry.BuiltIn.All
        .Where(architecture => architecture.ClassName(ModelTask.CausalLanguageModeling) is not null
            || architecture.ClassName(ModelTask.ConditionalGeneration) is not null)
        .Select(architecture => architecture.ModelType));

    public static ModelConfig Of(string modelType) => All.Single(config => ArchitectureRegistry.BuiltIn.Of(config).ModelType == modelType);

    /// <summary>Writes a random model and returns its folder.</summary>
    public static void Write(string folder, ModelConfig config, ulong seed = 1)
    {
        using var model = RandomInitialization.Create(config, seed);
        ModelWriter.Save(folder, config, model);
    }
}
