using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.Compaction;

/// <summary>Small models of every family with random weights and random masks: dead heads, neurons and features among them.</summary>
internal static class MaskedModels
{
    private static readonly ModelConfig[] All =
    [
        new BertConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            NumLabels = 3,
            Architectures = ["BertForSequenceClassification"],
        },
        new LlamaConfig { VocabSize = 31, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 3, NumAttentionHeads = 8, NumKeyValueHeads = 4 },
        new Gpt2Config { VocabSize = 31, NEmbd = 16, NInner = 24, NLayer = 3, NHead = 4, NPositions = 32 },
        new MistralConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 8,
            NumKeyValueHeads = 4,
            SlidingWindow = 3,
        },
        new Qwen2Config { VocabSize = 31, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 3, NumAttentionHeads = 4, NumKeyValueHeads = 4 },
        new Qwen3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 8,
            NumKeyValueHeads = 4,
            HeadDim = 6,
            AttentionBias = true,
        },
        new GemmaConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 4,
            HeadDim = 6,
        },
        new OptConfig { VocabSize = 31, HiddenSize = 16, FfnDim = 24, NumHiddenLayers = 3, NumAttentionHeads = 4, MaxPositionEmbeddings = 32 },
        new PhiConfig { VocabSize = 31, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 3, NumAttentionHeads = 4 },
        new GptNeoXConfig { VocabSize = 31, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 3, NumAttentionHeads = 4, RotaryPct = 0.5 },
        new T5Config
        {
            VocabSize = 31,
            DModel = 16,
            DKv = 6,
            DFf = 24,
            NumLayers = 2,
            NumDecoderLayers = 2,
            NumHeads = 4,
            RelativeAttentionNumBuckets = 8,
            RelativeAttentionMaxDistance = 20,
            FeedForwardProj = "gated-gelu",
            TieWordEmbeddings = false,
        },
        new Gemma2Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
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
            NumHiddenLayers = 3,
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
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
        },
        new SmolLm3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            NoRopeLayerInterval = 2,
        },
        new Phi3Config
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
        },
        new MixtralConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            NumLocalExperts = 3,
        },
        new Qwen2MoeConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
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
            NumHiddenLayers = 3,
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
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            TypeVocabSize = 1,
            NumLabels = 3,
        },
        new ElectraConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            EmbeddingSize = 12,
            NumLabels = 3,
        },
        new ModernBertConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            LocalAttention = 4,
            PadTokenId = 0,
            NumLabels = 3,
        },
        new DistilBertConfig { VocabSize = 31, Dim = 16, HiddenDim = 24, NLayers = 3, NHeads = 4, MaxPositionEmbeddings = 32 },
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
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            PositionBuckets = 8,
            ShareAttKey = true,
            PosAttType = ["c2p", "p2c"],
            NormRelEbd = "layer_norm",
            NumLabels = 3,
        },
        new BloomConfig { VocabSize = 31, HiddenSize = 16, NLayer = 3, NHead = 4 },
        new FalconConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            FfnHiddenSize = 24,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKvHeads = 2,
            NewDecoderArchitecture = true,
        },
        new GptJConfig { VocabSize = 31, NEmbd = 16, NInner = 24, NLayer = 3, NHead = 4, RotaryDim = 2 },
    ];

    public static TheoryData<string> ModelTypes() => new(ArchitectureRegistry.BuiltIn.All.Select(architecture => architecture.ModelType));

    public static ModelConfig Of(string modelType) => All.Single(config => ArchitectureRegistry.BuiltIn.Of(config).ModelType == modelType);

    /// <summary>Writes a masked model.</summary>
    public static void Write(string folder, ModelConfig config, int seed, TensorDataType type = TensorDataType.F32)
    {
        using var model = Create(config, seed);
        ModelWriter.Save(folder, config, model, type);
    }

    /// <summary>A masked model; every kind of dead part occurs in one block or another.</summary>
    public static TransformerModel Create(ModelConfig config, int seed)
    {
        var model = RandomInitialization.Create(config, (ulong)seed);
        var random = new Random(seed);
        foreach (var parameter in model.Parameters)
        {
            foreach (ref float value in parameter.Value.Span)
            {
                // Norms stay near 1, all else is large enough to matter.
                value = (parameter.Shape.Length == 1 ? value : 0) + ((random.NextSingle() - 0.5f) * 0.8f);
            }
        }

        foreach (var block in model.Blocks)
        {
            Mask(block, random);
        }

        return model;
    }

    /// <summary>Outputs for two sequences, one of them padded.</summary>
    public static float[] Outputs(TransformerModel model, bool isPacked = false)
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        if (isPacked)
        {
            foreach (var linear in model.Blocks.SelectMany(block => block.Linears))
            {
                linear.Pack(backend, StorageType.Float32, releaseWeight: false);
            }
        }

        var batch = new TokenBatch([3, 4, 5, 6, 7, 8, 9, 10], 2, [1, 1, 1, 1, 1, 1, 0, 0])
        {
            Target = model is EncoderDecoderModel ? new TokenBatch([0, 11, 12, 0, 13, 14], 2) : null,
        };
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }

    /// <summary>The same of a folder.</summary>
    public static float[] Outputs(string folder)
    {
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        return Outputs(pretrained.Model);
    }

    private static void Mask(TransformerBlock block, Random random)
    {
        foreach (var linear in block.Linears)
        {
            foreach (ref float value in linear.Weight.Value.Span)
            {
                // Masks leave negative zeros too.
                value *= random.NextDouble() < 0.6 ? 0 : 1;
            }
        }

        foreach (var attention in block.Attentions)
        {
            int size = attention.HeadSize;
            foreach (int group in Some(attention.KeyValueHeadCount, 0.3))
            {
                Rows(attention.Value, Enumerable.Range(group * size, size));
            }

            foreach (int group in Some(attention.KeyValueHeadCount, 0.3))
            {
                int width = attention.GroupSize * size;
                Columns(attention.Output, Enumerable.Range(group * width, width));
            }

            int[] inputs = Some(attention.Query.InputSize, 0.2);
            Columns(attention.Query, inputs.Concat(Some(16, 0.1)));
            Columns(attention.Key, inputs.Concat(Some(16, 0.1)));
            Columns(attention.Value, inputs);
            Rows(attention.Output, Some(16, 0.2));
        }

        foreach (var layer in block.FeedForwards)
        {
            foreach (var linear in layer.Expand)
            {
                Rows(linear, Some(layer.NeuronCount, 0.25));
                Columns(linear, Some(16, 0.1));
            }

            Columns(layer.Down, Some(layer.NeuronCount, 0.2));
            Rows(layer.Down, Some(16, 0.2));
        }

        int[] Some(int count, double share) => [.. Enumerable.Range(0, count).Where(_ => random.NextDouble() < share)];
    }

    private static void Rows(Linear linear, IEnumerable<int> rows)
    {
        foreach (int r in rows)
        {
            linear.Weight.Value.Row(r).Clear();
        }
    }

    private static void Columns(Linear linear, IEnumerable<int> columns)
    {
        foreach (int c in columns)
        {
            for (int r = 0; r < linear.OutputSize; r++)
            {
                linear.Weight.Value.Row(r)[c] = 0;
            }
        }
    }
}
