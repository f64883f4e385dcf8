using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Sparsum.Transformers.Tests.Models;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Gguf;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints.Gguf;

public class GgufExportTests
{
    private const string Gemma3 =
        """
        {"query_pre_attn_scalar": 12, "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention"]}
        """;

    /// <summary>The reference models of families that GGUF has, with the relative error that Gemma's shifted norms may bring.</summary>
    public static TheoryData<string, double> Models => new()
    {
        { "llama_gqa", 0 }, { "llama31_scaled_tied", 0 }, { "mistral_sliding", 0 }, { "gemma", 1e-6 }, { "gpt2", 0 }, { "phi2_style", 0 },
        { "pythia_style", 0 }, { "qwen2_tied", 0 }, { "qwen3", 0 },
    };

    [SharedTheory("oracle/models")]
    [MemberData(nameof(Models))]
    public void AWrittenModelIsTheSameWhenItIsReadAgain(string name, double tolerance)
    {
        using var source = PretrainedModel.Open(SharedFiles.Path("oracle", "models", name));
        AssertTheSameWhenReadAgain(source, tolerance);
    }

    /// <summary>With values where GGUF leaves no choice.</summary>
    [SharedTheory("oracle/families")]
    [InlineData("bloom", "{}", 0)]
    [InlineData("falcon_new", "{}", 0)]
    [InlineData("gemma2", """{"query_pre_attn_scalar": 12}""", 1e-6)]
    [InlineData("gemma3_text", Gemma3, 1e-6)]
    [InlineData("olmo2", "{}", 0)]
    [InlineData("phi3", """{"sliding_window": 5}""", 0)]
    [InlineData("smollm3", """{"no_rope_layers": [1, 1, 1, 0]}""", 0)]
    [InlineData("mixtral", "{}", 0)]
    [InlineData("qwen2_moe", "{}", 0)]
    public void AWrittenModelOfAFamilyWithOtherPartsIsTheSame(string name, string changes, double tolerance)
    {
        using var folder = new TemporaryFolder();
        ChangedModel.Copy(SharedFiles.Path("oracle", "families", name), folder.Root, changes);
        using var source = PretrainedModel.Open(folder.Root);
        AssertTheSameWhenReadAgain(source, tolerance);
    }

    [Fact]
    public void AWrittenFalconWithOneNormIsTheSame()
    {
        using var folder = new TemporaryFolder();
        SmallModels.Write(folder.Root, new FalconConfig { VocabSize = 41, HiddenSize = 16, NumHiddenLayers = 2, NumAttentionHeads = 4 });
        using var source = PretrainedModel.Open(folder.Root);
        AssertTheSameWhenReadAgain(source, 0);
    }

    [Fact]
    public void AWrittenModelOfExpertsWithHeadNormsIsTheSame()
    {
        using var folder = new TemporaryFolder();
        SmallModels.Write(folder.Root, (Qwen3MoeConfig)SmallModels.Of("qwen3_moe") with { VocabSize = 41, MlpOnlyLayers = null, NormTopkProb = true });
        using var source = PretrainedModel.Open(folder.Root);
        AssertTheSameWhenReadAgain(source, 0);
    }

    /// <summary>What files of an architecture have no key for must be what every reader takes it to be.</summary>
    [SharedTheory("oracle/families")]
    [InlineData("gemma2", "{}", "query_pre_attn_scalar")]
    [InlineData("gemma2", """{"query_pre_attn_scalar": 12, "attn_logit_softcapping": null}""", "attn_logit_softcapping")]
    [InlineData("gemma2", """{"query_pre_attn_scalar": 12, "layer_types": ["full_attention", "full_attention", "full_attention"]}""", "layer_types")]
    [InlineData("gemma3_text", "{}", "query_pre_attn_scalar")]
    [InlineData("gemma3_text", """{"query_pre_attn_scalar": 12}""", "layer_types")]
    [InlineData("gemma3_text", """{"rope_parameters": null}""", "query_pre_attn_scalar")]
    [InlineData("gemma3_text", """{"rope_parameters": null, "rope_local_base_freq": 5000}""", "rope_local_base_freq")]
    [InlineData("gemma3_text", """{"layer_types": null, "_sliding_window_pattern": 3}""", "_sliding_window_pattern")]
    [InlineData("falcon_new", """{"activation": "relu"}""", "activation")]
    [InlineData("smollm3", "{}", "no_rope_layers")]
    [InlineData("mixtral", """{"sliding_window": 5}""", "sliding_window")]
    [InlineData("qwen2_moe", """{"norm_topk_prob": true}""", "norm_topk_prob")]
    [InlineData("qwen3_moe", "{}", "mlp_only_layers")]
    [InlineData("phi3", """{"rope_scaling": {"rope_type": "linear", "factor": 2.0}}""", "rope_scaling")]
    public void WhatFilesCannotSayIsRefused(string name, string changes, string key)
    {
        using var folder = new TemporaryFolder();
        ChangedModel.Copy(SharedFiles.Path("oracle", "families", name), folder.Root, changes);
        using var source = PretrainedModel.Open(folder.Root);
        var error = Assert.Throws<InvalidInputException>(() => Write(source, folder["model.gguf"]));
        Assert.Equal("no-gguf-word", error.Code);
        Assert.StartsWith(key, error.Found, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["model.gguf"]));
    }

    [SharedFact("oracle/families")]
    public void AnotherOrderOfWindowsIsRefusedWhenItIsRead()
    {
        using var folder = new TemporaryFolder();
        ChangedModel.Copy(SharedFiles.Path("oracle", "families", "gemma3_text"), folder.Root, Gemma3);
        using (var source = PretrainedModel.Open(folder.Root))
        {
            Write(source, folder["model.gguf"]);
        }

        GgufMetadata metadata;
        using (var file = GgufFile.Open(folder["model.gguf"]))
        {
            metadata = file.Metadata;
        }

        metadata.Set("gemma3.attention.sliding_window_pattern", 2u);
        var embeddings = new GgufTensor("token_embd.weight", GgufTensorType.F32, [2, 32]);
        GgufWriter.Write(folder["other.gguf"], metadata, [new GgufWriter.Entry(embeddings, (_, values) => values.Clear())]);
        Assert.Equal("unsupported-gguf-window", Assert.Throws<GgufException>(() => PretrainedModel.Open(folder["other.gguf"])).Code);
    }

    private static void AssertTheSameWhenReadAgain(PretrainedModel source, double tolerance)
    {
        using var folder = new TemporaryFolder();
        Write(source, folder["model.gguf"]);
        using var written = PretrainedModel.Open(folder["model.gguf"]);
        Assert.Equal(source.Architecture.ModelType, written.Architecture.ModelType);
        Assert.Empty(written.UnusedTensors);
        Assert.Empty(written.FreshParameters);
        Assert.Equal(source.Model.Parameters.Count(), written.Model.Parameters.Count());
        source.LoadAll();
        written.LoadAll();
        foreach (var (expected, actual) in source.Model.Parameters.Zip(written.Model.Parameters))
        {
            Assert.Equal(expected.Name, actual.Name);
            Assert.Equal(expected.Shape.ToArray(), actual.Shape.ToArray());
            Numbers.AssertClose(expected.Value.Span, actual.Value.Span, tolerance, expected.Name);
        }

        // Equal weights alone would hide a lost rotary rule or epsilon.
        int[] ids = [.. Enumerable.Range(0, 12).Select(i => (i * 7) % 40)];
        Numbers.AssertClose(Logits(source, ids), Logits(written, ids), tolerance * 10, "logits");
        Assert.Equal(source.ModelConfig.EosTokenId, written.ModelConfig.EosTokenId ?? source.ModelConfig.EosTokenId);
    }

    [SharedTheory("oracle/models")]
    [InlineData("llama31_scaled_tied")]
    public void TheRuleOfStretchedRotaryPositionsIsFoundFromItsFactors(string name)
    {
        using var folder = new TemporaryFolder();
        using var source = PretrainedModel.Open(SharedFiles.Path("oracle", "models", name));
        Write(source, folder["model.gguf"]);
        using var written = PretrainedModel.Open(folder["model.gguf"]);
        var expected = source.Config.GetProperty("rope_scaling");
        var actual = written.Config.GetProperty("rope_scaling");
        Assert.Equal("llama3", actual.GetProperty("rope_type").GetString());
        foreach (string key in new[] { "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings" })
        {
            Assert.Equal(expected.GetProperty(key).GetDouble(), actual.GetProperty(key).GetDouble(), 1e-6);
        }
    }

    [SharedFact("oracle/gguf")]
    public void EightBitsAreThoseOfTheReferenceConverter()
    {
        using var folder = new TemporaryFolder();
        using var source = PretrainedModel.Open(SharedFiles.Path("models", "llama-3m"));
        GgufExport.Write(source, folder["model.gguf"], "llama-3m", GgufTensorType.Q8_0);
        using var expected = GgufFile.Open(SharedFiles.Path("oracle", "gguf", "llama-3m-q8_0.gguf"));
        using var written = GgufFile.Open(folder["model.gguf"]);
        Assert.Equal(expected.Tensors.Select(tensor => tensor.Name).Order(), written.Tensors.Select(tensor => tensor.Name).Order());
        foreach (var tensor in expected.Tensors)
        {
            Assert.Equal((tensor.Type, string.Join(',', tensor.Shape)), (written.Find(tensor.Name)!.Type, string.Join(',', written.Find(tensor.Name)!.Shape)));
            Assert.Equal(Values(expected, tensor), Values(written, tensor));
        }

        Assert.Equal(expected.Metadata.List<string>("tokenizer.ggml.tokens"), written.Metadata.List<string>("tokenizer.ggml.tokens"));
        Assert.Equal(expected.Metadata.List<float>("tokenizer.ggml.scores"), written.Metadata.List<float>("tokenizer.ggml.scores"));
        Assert.Equal(expected.Metadata.List<long>("tokenizer.ggml.token_type"), written.Metadata.List<long>("tokenizer.ggml.token_type"));
        foreach (string key in expected.Metadata.Entries.Keys.Where(key => expected.Metadata.Entries[key].Value is not Array and not string))
        {
            Assert.Equal(expected.Metadata.Entries[key], written.Metadata.Entries[key]);
        }
    }

    [SharedTheory("oracle/gguf")]
    [InlineData(GgufTensorType.Q4_0)]
    [InlineData(GgufTensorType.Q8_0)]
    public void ValuesThatATypeHoldsAreKept(GgufTensorType type)
    {
        using var file = GgufFile.Open(SharedFiles.Path("oracle", "gguf", "types.gguf"));
        float[] values = Values(file, file.Find($"{type}")!);
        Assert.Equal(values, Rounded(type, values));
    }

    [Theory]
    [InlineData(GgufTensorType.Q4_0, 8)]
    [InlineData(GgufTensorType.Q8_0, 127)]
    public void RoundingIsThatOfTheRuleInDoublePrecision(GgufTensorType type, int steps)
    {
        float[] values = [.. Numbers.Random(5, 64, 32).Span];
        values.AsSpan(0, 32).Clear();
        (values[40], values[41]) = (-0.999f, 0.999f);
        float[] rounded = Rounded(type, values);
        for (int block = 0; block < 64; block++)
        {
            float[] from = values[(32 * block)..(32 * (block + 1))];
            float largest = from.MaxBy(MathF.Abs);
            double scale = (float)(Half)(type == GgufTensorType.Q4_0 ? largest / -8 : Math.Abs(largest) / 127);
            for (int i = 0; i < 32; i++)
            {
                double error = Math.Abs(rounded[(32 * block) + i] - from[i]);
                bool isAtTheEnd = type == GgufTensorType.Q4_0 && -from[i] / (largest == 0 ? 1 : largest) > 7 / 8.0;
                Assert.True(error <= Math.Abs(scale) * (isAtTheEnd ? 1.01 : 0.51) + (Math.Abs(largest) / 1500), $"{type} {from[i]} {rounded[(32 * block) + i]}");
                Assert.True(scale == 0 ? rounded[(32 * block) + i] == 0 : Math.Abs(rounded[(32 * block) + i] / scale) <= steps);
            }
        }
    }

    [SharedFact("models/llama-3m")]
    public void FourBitsKeepEmbeddingsAndNormsFiner()
    {
        using var folder = new TemporaryFolder();
        using var source = PretrainedModel.Open(SharedFiles.Path("models", "llama-3m"));
        GgufExport.Write(source, folder["model.gguf"], "llama-3m", GgufTensorType.Q4_0);
        using var written = GgufFile.Open(folder["model.gguf"]);
        Assert.Equal(GgufTensorType.Q8_0, written.Find("token_embd.weight")!.Type);
        Assert.Equal(GgufTensorType.Q4_0, written.Find("blk.3.ffn_down.weight")!.Type);
        Assert.Equal(GgufTensorType.F32, written.Find("output_norm.weight")!.Type);
        Assert.Throws<ArgumentException>(() => GgufExport.Write(source, folder["other.gguf"], "x", GgufTensorType.Q6_K));
    }

    [SharedTheory("oracle/tokenizers")]
    [InlineData("gpt2_real")]
    [InlineData("gpt2_small")]
    [InlineData("qwen2_rules_gpt2_vocab")]
    [InlineData("llama_bpe_legacy")]
    [InlineData("gemma_bpe")]
    public void ATokenizerKeepsItsIdsThroughTheMetadata(string name)
    {
        var cases = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle", "tokenizers", name, "cases.json"))).RootElement;
        using var folder = TokenizerFolderOf(name, cases);
        var expected = Tokenizer.Open(folder.Root);
        var metadata = new GgufMetadata("x.gguf");
        metadata.Set("general.architecture", name.StartsWith("gemma", StringComparison.Ordinal) ? "gemma" : "llama");
        GgufTokenizerExport.Describe(folder.Root, expected.VocabularySize + 3, metadata);
        using var made = new TemporaryFolder();
        foreach (string file in GgufTokenizerFiles.Names)
        {
            if (GgufTokenizerFiles.Create(Reread(metadata), file) is { } bytes)
            {
                made.Write(file, bytes);
            }
        }

        var actual = Tokenizer.Open(made.Root);
        Assert.Equal((expected.BeginId, expected.EndId), (actual.BeginId, actual.EndId));
        var texts = cases.GetProperty("cases").EnumerateArray().Select(entry => entry.GetProperty("text").GetString()!);
        foreach (string text in texts.Concat(GgufModelTests.Texts))
        {
            Assert.Equal(expected.Encode(text), actual.Encode(text));
        }
    }

    [SharedFact("oracle/models")]
    public void ModelsThatGgufHasNoWordsForAreRefusedByName()
    {
        using var folder = new TemporaryFolder();
        using (var encoder = PretrainedModel.Open(SharedFiles.Path("oracle", "models", "bert_mlm")))
        {
            Assert.Equal("not-for-gguf", Assert.Throws<InvalidInputException>(() => Write(encoder, folder["x.gguf"])).Code);
        }

        using (var opt = PretrainedModel.Open(SharedFiles.Path("oracle", "models", "opt_125m_style")))
        {
            var error = Assert.Throws<InvalidInputException>(() => Write(opt, folder["x.gguf"]));
            Assert.Equal("no-gguf-architecture", error.Code);
            Assert.Contains("opt", error.Found, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    private static TemporaryFolder TokenizerFolderOf(string name, JsonElement cases)
    {
        string source = SharedFiles.Path("oracle", "tokenizers", name);
        var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(source).Where(file => !file.EndsWith("cases.json", StringComparison.Ordinal)))
        {
            folder.Write(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        foreach (var file in cases.GetProperty("vocab_files").EnumerateObject())
        {
            string found = Path.GetFullPath(Path.Combine(source, file.Value.GetString()!));
            folder.Write(Path.GetFileName(found), File.ReadAllBytes(found));
        }

        if (!File.Exists(folder["tokenizer_config.json"]))
        {
            var settings = JsonNode.Parse(cases.GetProperty("options").GetRawText())!;
            settings["tokenizer_class"] = cases.GetProperty("tokenizer_class").GetString();
            folder.Write("tokenizer_config.json", settings.ToJsonString());
        }

        return folder;
    }

    // Through a file, as numbers have other types in memory.
    private static GgufMetadata Reread(GgufMetadata metadata)
    {
        using var folder = new TemporaryFolder();
        GgufWriter.Write(folder["x.gguf"], metadata, []);
        return GgufFile.ReadMetadata(folder["x.gguf"]);
    }

    private static void Write(PretrainedModel source, string file) => GgufExport.Write(source, file, "test");

    private static float[] Values(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.RowCount * tensor.RowElements];
        file.ReadRows(tensor.Name, 0, values);
        return values;
    }

    private static float[] Rounded(GgufTensorType type, float[] values)
    {
        var bytes = new byte[type.RowBytes(values.Length)];
        Assert.Equal(-1, BlockWriter.Narrow(type, values, bytes));
        var rounded = new float[values.Length];
        BlockReader.Widen(type, bytes, rounded);
        return rounded;
    }

    private static float[] Logits(PretrainedModel pretrained, int[] ids)
    {
        using var computation = new Computation(new CpuBackend(1));
        var batch = new TokenBatch(ids, 1);
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        return logits.Span.ToArray();
    }
}
