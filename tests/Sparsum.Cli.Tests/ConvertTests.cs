using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class ConvertTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string text;

    public ConvertTests()
    {
        model = TinyModel.Write(folder["model"], hiddenSize: 32);
        text = TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_gguf_file_goes_through_every_verb_and_back()
    {
        string file = folder["model.gguf"];
        var document = Json("convert", model, "-o", file, "--to", "gguf");
        Assert.Equal("llama", document.GetProperty("architecture").GetString());
        Assert.Equal(file, document.GetProperty("output").GetString());
        Assert.Equal("keep", document.GetProperty("options").GetProperty("dtype").GetString());
        Assert.Equal(new FileInfo(file).Length, document.GetProperty("bytes").GetInt64());
        Assert.Empty(document.GetProperty("remarks").EnumerateArray());

        Assert.Equal(Perplexity(model), Perplexity(file));
        Assert.Equal(
            Json("inspect", model).GetProperty("parameters").GetInt64(), Json("inspect", file).GetProperty("parameters").GetInt64());
        Assert.Equal(Ids("tokenize", model, "--input", text), Ids("tokenize", file, "--input", text));
        Assert.Equal(
            Ids("generate", model, "--prompt", "Sparse", "--max-new-tokens", "5"), Ids("generate", file, "--prompt", "Sparse", "--max-new-tokens", "5"));
        Assert.Equal(
            new FileInfo(file).Length,
            Json("bench", file, "--length", "8", "--runs", "1").GetProperty("items")[0].GetProperty("bytesOnDisk").GetInt64());

        Json("convert", file, "-o", folder["back"]);
        Assert.Equal(Perplexity(model), Perplexity(folder["back"]));
        Assert.True(File.Exists(folder["back/run.json"]));
        Assert.Equal("float32", Config(folder["back"]).GetProperty("torch_dtype").GetString());

        Json("prune", file, "-o", folder["pruned"], "--method", "magnitude", "--sparsity", "0.5");
        Json("prune", model, "-o", folder["expected"], "--method", "magnitude", "--sparsity", "0.5");
        Assert.Equal(Perplexity(folder["expected"]), Perplexity(folder["pruned"]));
        Json("compact", folder["pruned"], "-o", folder["compact"]);
        Json("convert", folder["compact"], "-o", folder["dense.gguf"], "--to", "gguf");
        Assert.Equal(Perplexity(folder["pruned"]), Perplexity(folder["dense.gguf"]), 1e-4);
    }

    [Fact]
    public void A_folder_with_one_file_is_a_model_with_records()
    {
        Json("convert", model, "-o", folder["out"], "--to", "gguf", "--dtype", "q8_0");

        Assert.Equal(["README.md", "log.jsonl", "out.gguf", "run.json"], Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Where(name => name![0] != '.').Order());
        Assert.InRange(Perplexity(folder["out"]) / Perplexity(model), 0.99, 1.01);
        Assert.Equal(2, CliRun.Of("convert", model, "-o", folder["out"], "--to", "gguf", "--json").ExitCode);
    }

    [Fact]
    public void Sixteen_bit_folders_have_the_type_in_their_configuration()
    {
        Json("convert", model, "-o", folder["out"], "--dtype", "bf16");

        Assert.Equal("bfloat16", Config(folder["out"]).GetProperty("torch_dtype").GetString());
        Assert.InRange(Perplexity(folder["out"]) / Perplexity(model), 0.99, 1.01);
    }

    [Fact]
    public void What_is_there_is_replaced_only_when_asked()
    {
        string file = folder["model.gguf"];
        File.WriteAllText(file, "precious");
        Assert.Equal("output-exists", Error("convert", model, "-o", file, "--to", "gguf"));
        Assert.Equal("precious", File.ReadAllText(file));
        Json("convert", model, "-o", file, "--to", "gguf", "--force");
        Assert.Equal("output-is-input", Error("convert", file, "-o", file, "--to", "gguf", "--force"));
        Assert.Equal("invalid-option", Error("convert", model, "-o", folder["x"], "--dtype", "q4_0"));
        Assert.Equal("invalid-option", Error("convert", model, "-o", folder["x"], "--dtype", "q6_k"));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root, "x*"));
    }

    [Fact]
    public void A_graph_lies_beside_what_other_programs_need()
    {
        var document = Json("convert", model, "-o", folder["onnx"], "--to", "onnx");
        Assert.Equal(17, document.GetProperty("opset").GetInt32());
        Assert.Equal(["input_ids", "attention_mask", "position_ids", "past_key_values.0.key"], Names("inputs").Take(4));
        Assert.Equal("logits", Names("outputs").Last());
        Assert.Equal(FolderBytes("model.onnx") + FolderBytes("model.onnx_data"), document.GetProperty("bytes").GetInt64());
        Assert.Superset(new HashSet<string?> { "config.json", "run.json", "README.md" }, Directory.GetFiles(folder["onnx"]).Select(Path.GetFileName).ToHashSet());
        Assert.Equal(
            Directory.GetFiles(model).Select(Path.GetFileName).Where(name => name != "model.safetensors").Order(),
            Directory.GetFiles(model).Select(Path.GetFileName).Where(name => File.Exists(Path.Combine(folder["onnx"], name!))).Order());

        Assert.Matches("- \"?onnx\"?\n", File.ReadAllText(Path.Combine(folder["onnx"], "README.md")));

        Json("prune", model, "-o", folder["pruned"], "--method", "magnitude", "--sparsity", "0.5");
        Json("compact", folder["pruned"], "-o", folder["compact"]);
        var states = Json("convert", folder["compact"], "-o", folder["states"], "--to", "onnx", "--states");
        Assert.Equal("last_hidden_state", states.GetProperty("outputs").EnumerateArray().Last().GetString());
        Assert.Equal("output-exists", Error("convert", model, "-o", folder["onnx"], "--to", "onnx"));
        Assert.Equal("invalid-option", Error("convert", model, "-o", folder["x.onnx"], "--to", "onnx"));
        Assert.Equal("not-for-onnx", Error("convert", TinyModel.WriteT5(folder["t5"]), "-o", folder["x"], "--to", "onnx"));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root, "x*"));

        IEnumerable<string?> Names(string key) => document.GetProperty(key).EnumerateArray().Select(name => name.GetString());
        long FolderBytes(string name) => new FileInfo(Path.Combine(folder["onnx"], name)).Length;
    }

    private static JsonElement Config(string path) => JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "config.json"))).RootElement;

    private static JsonElement Json(params string[] args)
    {
        var run = CliRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run.Json;
    }

    private static string Error(params string[] args)
    {
        var run = CliRun.Of([.. args, "--json"]);
        Assert.Equal(2, run.ExitCode);
        return run.Json.GetProperty("error").GetProperty("code").GetString()!;
    }

    private static string Ids(params string[] args) => Json(args).GetProperty("items")[0].GetProperty("ids").ToString();

    private double Perplexity(string path) => Json("evaluate", path, "--perplexity", text).GetProperty("perplexity").GetDouble();
}
