using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints.Gguf;

public class GgufModelTests
{
    private const string Smol = "models/smollm2-135m-gguf";

    private static string SmolFolder => SharedFiles.Path("models", "smollm2-135m-gguf");

    private static string SmallFile => SharedFiles.Path("oracle", "gguf", "llama-3m-q8_0.gguf");

    private static JsonElement SmolReference =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SmolFolder, "reference.json"))).RootElement;

    [SharedFact(Smol)]
    public void EveryTensorOfSmolLmIsTheReferenceBitForBit()
    {
        using var checkpoint = Checkpoint.Open(SmolFolder);
        var expected = SmolReference.GetProperty("tensors");
        Assert.Equal(272, checkpoint.Tensors.Count);
        Assert.Equal(expected.EnumerateObject().Select(entry => entry.Name).Order(), checkpoint.Tensors.Keys.Order());
        foreach (var entry in expected.EnumerateObject())
        {
            var info = checkpoint.Tensors[entry.Name];
            Assert.Equal(entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()), info.Shape);
            var values = new float[info.ElementCount];
            checkpoint.Read(entry.Name, values);
            string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(values)));
            Assert.True(entry.Value.GetProperty("sha256").GetString() == hash, entry.Name);
        }
    }

    [SharedFact(Smol)]
    public void TokenizerOfSmolLmGivesTheReferenceIds()
    {
        var tokenizer = Tokenizer.Open(SmolFolder);
        var cases = SmolReference.GetProperty("tokenizer_cases").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        foreach (var entry in cases)
        {
            string text = entry.GetProperty("text").GetString()!;
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), ids);
            Assert.Equal(entry.GetProperty("decode").GetString(), tokenizer.Decode(ids));
        }
    }

    [SharedTheory(Smol)]
    [InlineData(true)]
    [InlineData(false)]
    public void LogitsAndGreedyTextOfSmolLmAreTheReference(bool asFile)
    {
        string model = asFile ? Directory.GetFiles(SmolFolder, "*.gguf").Single() : SmolFolder;
        using var pretrained = PretrainedModel.Open(model);
        Assert.Equal("llama", pretrained.Architecture.ModelType);
        Assert.Empty(pretrained.UnusedTensors);
        pretrained.LoadAll();
        if (asFile)
        {
            AssertLogits(pretrained, Path.Combine(SmolFolder, "reference.safetensors"), 2e-3);
            return;
        }

        var reference = SmolReference;
        int[] expected = [.. reference.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32())];
        int[] prompt = pretrained.Tokenizer.Encode(reference.GetProperty("prompt").GetString()!);
        Assert.Equal(expected, Greedy(pretrained, prompt, expected.Length - prompt.Length));
        Assert.Equal(reference.GetProperty("greedy_text").GetString(), pretrained.Tokenizer.Decode(expected));
    }

    [SharedFact("oracle/gguf")]
    public void LlamaWithPiecesGivesLogitsAndGreedyTextOfTheReference()
    {
        using var pretrained = PretrainedModel.Open(SmallFile);
        Assert.Equal(1e-5, pretrained.Config.GetProperty("rms_norm_eps").GetDouble());
        pretrained.LoadAll();
        AssertLogits(pretrained, Path.ChangeExtension(SmallFile, ".reference.safetensors"), 1e-4);
        var reference = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(SmallFile, ".json"))).RootElement;
        int[] expected = [.. reference.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32())];
        int[] prompt = pretrained.Tokenizer.Encode(reference.GetProperty("prompt").GetString()!);
        Assert.Equal(expected.Take(prompt.Length), prompt);
        Assert.Equal(expected, Greedy(pretrained, prompt, expected.Length - prompt.Length));
        Assert.Equal(reference.GetProperty("greedy_text").GetString(), pretrained.Tokenizer.Decode(expected, skipSpecialTokens: true));
    }

    [SharedFact("models/llama-3m")]
    public void PiecesOfTheFileTokenizeAsThePublishedModelFile()
    {
        var expected = Tokenizer.Open(SharedFiles.Path("models", "llama-3m"));
        var tokenizer = Tokenizer.Open(SmallFile);
        using var folder = new TemporaryFolder();
        Assert.True(ModelFiles.TryWrite(SmallFile, folder.Root));
        File.Delete(folder["tokenizer.model"]);
        var fromJson = Tokenizer.Open(folder.Root);
        foreach (string text in Texts)
        {
            int[] ids = expected.Encode(text);
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(ids, fromJson.Encode(text));
            Assert.Equal(text, tokenizer.Decode(ids, skipSpecialTokens: true));
        }
    }

    [SharedFact(Smol)]
    public void WrittenCompanionFilesOpenAlike()
    {
        using var folder = new TemporaryFolder();
        Assert.True(ModelFiles.TryWrite(SmolFolder, folder.Root));
        Assert.Equal(
            ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(folder.Root).Select(Path.GetFileName).Order());
        var (expected, written) = (Tokenizer.Open(SmolFolder), Tokenizer.Open(folder.Root));
        Assert.All(Texts, text => Assert.Equal(expected.Encode(text), written.Encode(text)));
        Assert.Equal([2], GenerationConfig.Open(SmolFolder).EosTokenId!);
        var settings = JsonDocument.Parse(File.ReadAllText(folder["tokenizer_config.json"])).RootElement;
        Assert.StartsWith("{% for message in messages %}", settings.GetProperty("chat_template").GetString());
        Assert.False(ModelFiles.TryWrite(folder.Root, folder.Root));
    }

    [SharedFact(Smol)]
    public void RowsOfAReorderedMatrixAreThoseOfTheWhole()
    {
        using var checkpoint = Checkpoint.Open(SmolFolder);
        const string name = "model.layers.3.self_attn.k_proj.weight";
        var whole = new float[192 * 576];
        checkpoint.Read(name, whole);
        var rows = new float[5 * 576];
        checkpoint.ReadRows(name, 61, 5, rows);
        Assert.Equal(whole[(61 * 576)..(66 * 576)], rows);
        using var bytes = new MemoryStream();
        checkpoint.CopyBytes(name, bytes);
        Assert.Equal(MemoryMarshal.AsBytes<float>(whole).ToArray(), bytes.ToArray());
    }

    internal static string[] Texts { get; } =
    [
        "Hello 1234 ½ world\n\n  x", "naïve café — “quotes” 3.14159", "don't WE'LL it's\t\tTabs  and   spaces ", " leading", "日本語 テスト 12٣4567",
        "a+b=c $5 <tag> ~x^2 | `code`", "line\r\nbreak\n\n\n  end", "🙂 emoji 👩‍👩‍👧", "x", "", "    ", "1234567890123",
    ];

    internal static int[] Greedy(PretrainedModel pretrained, int[] prompt, int count)
    {
        using var computation = new Computation(new CpuBackend(2));
        var generator = new Generator(pretrained.LanguageModel, computation);
        return [.. prompt, .. generator.Generate([prompt], new GenerationOptions { MaxNewTokens = count })[0]];
    }

    private static void AssertLogits(PretrainedModel pretrained, string file, double tolerance)
    {
        using var reference = SafetensorsFile.Open(file);
        int[] ids = [.. reference.ReadIntegers("input_ids").Select(id => (int)id)];
        var expected = new float[reference.Tensors["logits"].ElementCount];
        reference.Read("logits", expected);
        using var computation = new Computation(new CpuBackend(2));
        var batch = new TokenBatch(ids, 1);
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        Numbers.AssertClose(expected, logits.Span, tolerance, "logits");
    }
}
