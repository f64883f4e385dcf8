using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.RandomModel;

/// <summary>
/// A model of LLaMA's shape, or of Mixtral's where it has experts, with random weights, written straight to disk: a chunk of one tensor is all that is ever in memory. Its quality means nothing;
/// its sizes do.
/// </summary>
public sealed record RandomLlama
{
    private const int ChunkElements = 1 << 16;
    private const float Deviation = 0.02f;

    /// <summary>Number of blocks.</summary>
    public int Blocks { get; init; } = 2;

    /// <summary>Width of the hidden states.</summary>
    public int Hidden { get; init; } = 32;

    /// <summary>Width of the MLP.</summary>
    public int Intermediate { get; init; } = 48;

    /// <summary>Experts in the place of the MLP, two of them for a token; 0 for none.</summary>
    public int Experts { get; init; }

    /// <summary>Query heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Key/value heads; 0 for as many as query heads.</summary>
    public int KeyValueHeads { get; init; }

    /// <summary>Size of the vocabulary.</summary>
    public int Vocabulary { get; init; } = 64;

    /// <summary>Longest sequence.</summary>
    public int MaxPositions { get; init; } = 2048;

    /// <summary>How values are stored.</summary>
    public TensorDataType DataType { get; init; } = TensorDataType.BF16;

    /// <summary>Largest file in bytes.</summary>
    public long ShardBytes { get; init; } = ShardPlan.DefaultShardBytes;

    /// <summary>Seed of the weights.</summary>
    public int Seed { get; init; }

    /// <summary>Writes the model folder.</summary>
    public void Write(string folder, Action<string>? onTensor = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config().ToJsonString());
        var plan = ShardPlan.Create([.. Tensors()], ShardBytes);
        int index = 0;
        foreach (var shard in plan.Shards)
        {
            using var writer = SafetensorsWriter.Create(Path.Combine(folder, shard.FileName), shard.Layout);
            foreach (var tensor in shard.Layout.Tensors)
            {
                onTensor?.Invoke(tensor.Name);
                WriteTensor(writer, tensor, new Random(HashCode(Seed, index++)));
            }

            writer.Complete();
        }

        if (plan.ToIndexJson() is { } json)
        {
            File.WriteAllText(Path.Combine(folder, ShardPlan.IndexFileName), json);
        }
    }

    /// <summary>Writes random ids for calibration as <c>input_ids [samples, tokens]</c>.</summary>
    public void WriteIds(string path, int samples, int tokens)
    {
        var random = new Random(HashCode(Seed, -1));
        var layout = new SafetensorsLayout([new TensorInfo("input_ids", TensorDataType.I32, [samples, tokens])]);
        using var writer = SafetensorsWriter.Create(path, layout);
        long[] ids = new long[samples * tokens];
        foreach (ref long id in ids.AsSpan())
        {
            id = random.Next(Vocabulary);
        }

        writer.WriteIntegers("input_ids", ids);
        writer.Complete();
    }

    private static int HashCode(int seed, int index) => (seed * 1_000_003) + index;

    private static void WriteTensor(SafetensorsWriter writer, TensorInfo tensor, Random random)
    {
        // Norms stay at one; a uniform value of this width has the deviation that LLaMA is initialised with.
        bool isNorm = tensor.Shape.Count == 1;
        float width = Deviation * MathF.Sqrt(12);
        float[] chunk = new float[(int)Math.Min(ChunkElements, tensor.ElementCount)];
        for (long done = 0; done < tensor.ElementCount; done += chunk.Length)
        {
            var values = chunk.AsSpan(0, (int)Math.Min(chunk.Length, tensor.ElementCount - done));
            foreach (ref float value in values)
            {
                value = isNorm ? 1 : (random.NextSingle() - 0.5f) * width;
            }

            writer.Write(tensor.Name, values);
        }
    }

    private JsonObject Config()
    {
        var config = CommonConfig();
        if (Experts > 0)
        {
            config["num_local_experts"] = Experts;
            config["num_experts_per_tok"] = 2;
        }

        return config;
    }

    private JsonObject CommonConfig() => new()
    {
        ["architectures"] = new JsonArray(Experts > 0 ? "MixtralForCausalLM" : "LlamaForCausalLM"),
        ["model_type"] = Experts > 0 ? "mixtral" : "llama",
        ["hidden_act"] = "silu",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Intermediate,
        ["max_position_embeddings"] = MaxPositions,
        ["num_attention_heads"] = Heads,
        ["num_hidden_layers"] = Blocks,
        ["num_key_value_heads"] = KeyValueHeads == 0 ? Heads : KeyValueHeads,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = 10000.0,
        ["tie_word_embeddings"] = false,
        ["torch_dtype"] = DataType == TensorDataType.BF16 ? "bfloat16" : DataType == TensorDataType.F16 ? "float16" : "float32",
        ["vocab_size"] = Vocabulary,
    };

    private IEnumerable<TensorInfo> Tensors()
    {
        int keyValue = Hidden / Heads * (KeyValueHeads == 0 ? Heads : KeyValueHeads);
        yield return Matrix("model.embed_tokens", Vocabulary, Hidden);
        for (int block = 0; block < Blocks; block++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"model.layers.{block}");
            yield return Norm($"{prefix}.input_layernorm");
            yield return Matrix($"{prefix}.self_attn.q_proj", Hidden, Hidden);
            yield return Matrix($"{prefix}.self_attn.k_proj", keyValue, Hidden);
            yield return Matrix($"{prefix}.self_attn.v_proj", keyValue, Hidden);
            yield return Matrix($"{prefix}.self_attn.o_proj", Hidden, Hidden);
            yield return Norm($"{prefix}.post_attention_layernorm");
            foreach (var tensor in Experts > 0 ? ExpertTensors($"{prefix}.block_sparse_moe") : GatedTensors($"{prefix}.mlp", "gate_proj", "up_proj", "down_proj"))
            {
                yield return tensor;
            }
        }

        yield return Norm("model.norm");
        yield return Matrix("lm_head", Vocabulary, Hidden);
    }

    private IEnumerable<TensorInfo> ExpertTensors(string prefix) => Enumerable.Range(0, Experts)
        .SelectMany(expert => GatedTensors(string.Create(CultureInfo.InvariantCulture, $"{prefix}.experts.{expert}"), "w1", "w3", "w2"))
        .Prepend(Matrix($"{prefix}.gate", Experts, Hidden));

    private TensorInfo[] GatedTensors(string prefix, string gate, string up, string down) =>
        [Matrix($"{prefix}.{gate}", Intermediate, Hidden), Matrix($"{prefix}.{up}", Intermediate, Hidden), Matrix($"{prefix}.{down}", Hidden, Intermediate)];

    private TensorInfo Matrix(string name, int rows, int columns) => new($"{name}.weight", DataType, [rows, columns]);

    private TensorInfo Norm(string name) => new($"{name}.weight", DataType, [Hidden]);
}
