using LLama;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.LlamaCpp.Tests;

/// <summary>What is written as GGUF is opened by llama.cpp, which then says the same.</summary>
public class LlamaCppTests
{
    private const string Prompt = "The history of the city goes back to the";

    private static readonly string[] Texts =
    [
        "Hello 1234 ½ world\n\n  x", "naïve café — “quotes” 3.14159", "don't it's\t\tTabs  and   spaces ", " leading", "日本語 テスト 12٣4567",
        "a+b=c $5 <tag> ~x^2 | `code`", "line\r\nbreak\n\n\n  end", "🙂 emoji", "x", "    ", "1234567890123",
    ];

    [LlamaCppTheory("models/llama-3m")]
    [InlineData(null)]
    [InlineData(GgufTensorType.F16)]
    [InlineData(GgufTensorType.BF16)]
    [InlineData(GgufTensorType.Q8_0)]
    public void Pieces_and_greedy_text_of_a_written_llama_agree(GgufTensorType? type)
    {
        using var folder = new TemporaryFolder();
        using (var source = PretrainedModel.Open(SharedFiles.Path("models", "llama-3m")))
        {
            Assert.Empty(GgufExport.Write(source, folder["model.gguf"], "llama-3m", type));
        }

        using var pretrained = PretrainedModel.Open(folder["model.gguf"]);
        using var reference = new LlamaCpp(folder["model.gguf"]);
        AssertSameIds(reference, pretrained.Tokenizer);
        AssertSameText(reference, pretrained, pretrained.Tokenizer.Encode(Prompt), 24, type is null ? 1e-3 : 0.2);
    }

    /// <summary>Pruned and rounded by us: llama.cpp reads the same steps and scales, and rounds what goes into its products to 8 bits besides.</summary>
    [LlamaCppTheory("models/llama-3m")]
    [InlineData(8, GgufTensorType.Q8_0)]
    [InlineData(4, GgufTensorType.Q4_0)]
    public void Greedy_text_of_a_pruned_and_quantised_llama_agrees(int bits, GgufTensorType type)
    {
        using var folder = new TemporaryFolder();
        using var backend = new CpuBackend(2);
        new BlockwisePruner(backend).Run(
            SharedFiles.Path("models", "llama-3m"),
            folder["pruned"],
            new PruneOptions { Method = new Magnitude(), Sparsity = 0.3, Quantization = new WeightQuantization(bits, 32) });
        using (var source = PretrainedModel.Open(folder["pruned"]))
        {
            Assert.Empty(GgufExport.Write(source, folder["model.gguf"], "llama-3m"));
        }

        using (var file = GgufFile.Open(folder["model.gguf"]))
        {
            Assert.Equal(42, file.Tensors.Count(tensor => tensor.Type == type));
        }

        using var pretrained = PretrainedModel.Open(folder["model.gguf"]);
        using var reference = new LlamaCpp(folder["model.gguf"]);
        AssertSameText(reference, pretrained, pretrained.Tokenizer.Encode(Prompt), 12, 0.4);
    }

    [LlamaCppFact("models/smollm2-135m-gguf")]
    public void Byte_level_ids_and_greedy_text_of_a_converted_model_agree()
    {
        using var folder = new TemporaryFolder();
        using (var source = PretrainedModel.Open(SharedFiles.Path("models", "smollm2-135m-gguf")))
        {
            Assert.Empty(GgufExport.Write(source, folder["model.gguf"], "smollm2"));
        }

        using var pretrained = PretrainedModel.Open(folder["model.gguf"]);
        using var reference = new LlamaCpp(folder["model.gguf"]);
        AssertSameIds(reference, pretrained.Tokenizer);
        AssertSameText(reference, pretrained, pretrained.Tokenizer.Encode("The city of Lisbon lies at the mouth of the river"), 16, 5e-3);
    }

    [LlamaCppTheory("oracle/models")]
    [InlineData("llama_gqa", 1e-4)]
    [InlineData("llama31_scaled_tied", 1e-4)]
    [InlineData("qwen2_tied", 1e-4)]
    [InlineData("qwen3", 1e-4)]
    [InlineData("gemma", 1e-3)]
    [InlineData("phi2_style", 1e-2)]
    [InlineData("gpt2", 1e-2)]
    [InlineData("pythia_style", 1e-2)]
    public void Logits_of_every_written_family_agree(string name, double tolerance)
    {
        using var folder = new TemporaryFolder();
        using var source = PretrainedModel.Open(SharedFiles.Path("oracle", "models", name));
        GgufExport.Write(source, folder["model.gguf"], name);
        using var reference = new LlamaCpp(folder["model.gguf"]);
        AssertSameText(reference, source, [.. Enumerable.Range(0, 9).Select(i => (i * 7) % 40)], 1, tolerance);
    }

    /// <summary>With values where GGUF leaves no choice; llama.cpp rounds GELU to 16 bits.</summary>
    [LlamaCppTheory("oracle/families")]
    [InlineData("bloom", "{}", 1e-2)]
    [InlineData("falcon_new", "{}", 1e-2)]
    [InlineData("gemma2", """{"query_pre_attn_scalar": 12}""", 1e-2)]
    [InlineData("olmo2", "{}", 1e-4)]
    [InlineData("phi3", "{}", 1e-4)]
    [InlineData("smollm3", """{"no_rope_layers": [1, 1, 1, 0]}""", 1e-4)]
    [InlineData("mixtral", "{}", 1e-4)]
    [InlineData("qwen2_moe", "{}", 1e-4)]
    public void Logits_of_families_with_other_parts_agree(string name, string changes, double tolerance)
    {
        using var folder = new TemporaryFolder();
        ChangedModel.Copy(SharedFiles.Path("oracle", "families", name), folder.Root, changes);
        AssertSameWhenWritten(folder, tolerance);
    }

    /// <summary>Seven blocks, so that one sees all and its positions are stretched; the text is longer than the window.</summary>
    [LlamaCppFact("oracle/families")]
    public void Logits_of_a_gemma_of_the_third_kind_agree()
    {
        using var folder = new TemporaryFolder();
        var config = new Gemma3Config
        {
            VocabSize = 101,
            HiddenSize = 32,
            IntermediateSize = 44,
            NumHiddenLayers = 7,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            HeadDim = 12,
            QueryPreAttnScalar = 12,
            SlidingWindow = 5,
            RopeTheta = 100_000,
            RopeScaling = new RotaryScaling { RopeType = "linear", Factor = 4 },
            InitializerRange = 0.3,
        };
        using (var model = RandomInitialization.Create(config, 3))
        {
            ModelWriter.Save(folder.Root, config, model);
        }

        AssertSameWhenWritten(folder, 1e-2);
    }

    [LlamaCppFact("oracle/families")]
    public void Logits_of_a_falcon_with_one_norm_agree()
    {
        using var folder = new TemporaryFolder();
        var config = new FalconConfig { VocabSize = 101, HiddenSize = 32, NumHiddenLayers = 2, NumAttentionHeads = 4, InitializerRange = 0.3 };
        using (var model = RandomInitialization.Create(config, 3))
        {
            ModelWriter.Save(folder.Root, config, model);
        }

        AssertSameWhenWritten(folder, 1e-2);
    }

    [LlamaCppFact("oracle/families")]
    public void Logits_of_experts_with_head_norms_agree()
    {
        using var folder = new TemporaryFolder();
        var config = new Qwen3MoeConfig
        {
            VocabSize = 101,
            HiddenSize = 32,
            IntermediateSize = 44,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            HeadDim = 16,
            NumExperts = 5,
            NumExpertsPerTok = 2,
            MoeIntermediateSize = 20,
            NormTopkProb = true,
            InitializerRange = 0.3,
        };
        using (var model = RandomInitialization.Create(config, 3))
        {
            ModelWriter.Save(folder.Root, config, model);
        }

        AssertSameWhenWritten(folder, 1e-4);
    }

    [LlamaCppTheory("oracle/tokenizers/gpt2_real")]
    [InlineData("gpt-2")]
    [InlineData("smollm")]
    [InlineData("llama-bpe")]
    [InlineData("stablelm2")]
    [InlineData("falcon")]
    [InlineData("default")]
    public void Words_are_cut_as_the_named_rules_say(string rules)
    {
        using var folder = new TemporaryFolder();
        string vocabulary = SharedFiles.Path("oracle", "tokenizers", "gpt2_real");
        foreach (string file in new[] { "vocab.json", "merges.txt" })
        {
            File.Copy(Path.Combine(vocabulary, file), folder[file]);
        }

        GgufFixture.WriteVocabulary(folder.Root, folder["model.gguf"], rules);
        using var reference = new LlamaCpp(folder["model.gguf"]);
        AssertSameIds(reference, Tokenizer.Open(folder["model.gguf"]));
    }

    [LlamaCppTheory("models/llama-3m")]
    [InlineData(GgufTensorType.Q8_0)]
    [InlineData(GgufTensorType.Q4_0)]
    public void Matrices_are_rounded_as_llama_cpp_rounds_them(GgufTensorType type)
    {
        using var folder = new TemporaryFolder();
        using var source = PretrainedModel.Open(SharedFiles.Path("models", "llama-3m"));
        GgufExport.Write(source, folder["exact.gguf"], "llama-3m");
        GgufExport.Write(source, folder["ours.gguf"], "llama-3m", type);
        Assert.True(LLamaQuantizer.Quantize(folder["exact.gguf"], folder["theirs.gguf"], $"{type}"));
        using var ours = GgufFile.Open(folder["ours.gguf"]);
        using var theirs = GgufFile.Open(folder["theirs.gguf"]);
        int compared = 0;
        foreach (var tensor in ours.Tensors.Where(tensor => tensor.Type == type && theirs.Find(tensor.Name)!.Type == type))
        {
            Assert.Equal(Values(theirs, tensor), Values(ours, tensor));
            compared++;
        }

        Assert.InRange(compared, 30, 60);
    }

    private static void AssertSameWhenWritten(TemporaryFolder folder, double tolerance)
    {
        using var source = PretrainedModel.Open(folder.Root);
        using var written = new TemporaryFolder();
        GgufExport.Write(source, written["model.gguf"], "test");
        using var reference = new LlamaCpp(written["model.gguf"]);
        AssertSameText(reference, source, [.. Enumerable.Range(0, 9).Select(i => (i * 7) % 40)], 1, tolerance);
    }

    private static float[] Values(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.RowCount * tensor.RowElements];
        file.ReadRows(tensor.Name, 0, values);
        return values;
    }

    private static void AssertSameIds(LlamaCpp reference, ITokenizer tokenizer)
    {
        foreach (string text in Texts)
        {
            Assert.Equal(reference.Tokenize(text), tokenizer.Encode(text));
        }
    }

    private static void AssertSameText(LlamaCpp reference, PretrainedModel pretrained, int[] ids, int count, double tolerance)
    {
        var (expected, text) = reference.Continue(ids, count);
        pretrained.LoadAll();
        using var computation = new Computation(new CpuBackend(2));
        var batch = new TokenBatch(ids, 1);
        using (var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch))
        {
            Numbers.AssertClose(expected, logits.Row(ids.Length - 1), tolerance, "logits");
        }

        var generated = new Generator(pretrained.LanguageModel, computation).Generate([ids], new GenerationOptions { MaxNewTokens = count })[0];
        Assert.Equal(text, generated);
    }
}
