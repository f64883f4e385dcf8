using System.Text.Json.Nodes;
using Sparsum.Cli;

namespace Sparsum.Stress;

/// <summary>Models and data that are made in seconds by the command itself.</summary>
public sealed class SmallInputs
{
    private const string Llama = """
        {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 300, "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64}
        """;

    private const string Bert = """
        {"model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 200, "hidden_size": 16, "intermediate_size": 32,
        "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 32}
        """;

    private static readonly string[] Subjects = ["model", "block", "layer", "head", "token"];
    private static readonly string[] Verbs = ["is pruned", "is kept", "grows", "shrinks"];

    /// <summary>Writes everything into a folder.</summary>
    public SmallInputs(string folder)
    {
        Folder = folder;
        Directory.CreateDirectory(At("sst2"));
        File.WriteAllText(LlamaConfig, Llama);
        File.WriteAllText(At("bert.json"), Bert);
        File.WriteAllLines(Text, Enumerable.Range(0, 160).Select(i => new JsonObject { ["text"] = string.Join(" ", Enumerable.Range(i, 8).Select(Sentence)) }.ToJsonString()));
        File.WriteAllLines(At("lines.txt"), Enumerable.Range(0, 8).Select(Sentence));
        File.WriteAllLines(At("sst2/train.tsv"), ["sentence\tlabel", .. Enumerable.Range(0, 120).Select(i => $"{Sentence(i)}\t{i % 2}")]);
        File.WriteAllLines(At("sst2/dev.tsv"), ["sentence\tlabel", .. Enumerable.Range(0, 32).Select(i => $"{Sentence(i)}\t{i % 2}")]);
        File.WriteAllText(At("ids.json"), """{"input_ids": [[5, 6, 7, 8], [9, 10, 11, 12]], "attention_mask": [[1, 1, 1, 1], [1, 1, 1, 0]]}""");
        Require(["pretrain", LlamaConfig, "-o", Model, .. Pretraining]);
        Require("pretrain", At("bert.json"), "-o", Encoder, "--data", Text, "--train-tokenizer", "wordpiece", "--vocabulary-size", "200",
            "--steps", "4", "--batch-size", "8", "--sequence-length", "16");
        Require("prune", Model, "-o", Pruned, "--method", "magnitude", "--sparsity", "0.7");
        File.WriteAllText(At("recipe.json"), Recipe());
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Configuration of a small decoder.</summary>
    public string LlamaConfig => At("llama.json");

    /// <summary>A small decoder with its tokenizer.</summary>
    public string Model => At("model");

    /// <summary>The same with zeros.</summary>
    public string Pruned => At("pruned");

    /// <summary>A small encoder with its tokenizer.</summary>
    public string Encoder => At("encoder");

    /// <summary>Documents as JSON lines.</summary>
    public string Text => At("text.jsonl");

    /// <summary>Options under which the decoder is trained.</summary>
    public string[] Pretraining =>
    [
        "--data", Text, "--train-tokenizer", "bpe", "--vocabulary-size", "300", "--epochs", "1", "--batch-size", "8", "--sequence-length", "32",
        "--checkpoint-steps", "4",
    ];

    /// <summary>Path of a file.</summary>
    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>A command line that does not measure in the end what nobody reads.</summary>
    public static string[] WithoutVerdict(string[] line) => line is ["prune" or "train" or "compact", ..] ? [.. line, "--verdict", "none"] : line;

    /// <summary>Runs the command in this process.</summary>
    public static (int ExitCode, string Output) Command(params string[] args)
    {
        var output = new StringWriter();
        int exitCode = SparsumCommand.Run([.. WithoutVerdict(args), "--threads", "1"], output, TextWriter.Null);
        return (exitCode, output.ToString());
    }

    /// <summary>Runs the command, which must succeed.</summary>
    public static void Require(params string[] args)
    {
        var (exitCode, output) = Command([.. args, "--json"]);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', args)}: {output}");
        }
    }

    private static string Sentence(int i) => $"The {Subjects[i % 5]} {Verbs[i % 4]} in step {i % 7}.";

    private string Recipe() => $$"""
        {
          "name": "grid",
          "variables": { "method": ["multiflow", "wanda"], "sparsity": [0.3, 0.6] },
          "steps": [
            {
              "verb": "prune", "keep": false,
              "options": {
                "model": "{{Slashes(Model)}}", "output": "${run}/model", "method": "${method}", "sparsity": "${sparsity}",
                "calibration": "{{Slashes(Text)}}", "samples": 8, "sequence-length": 16
              }
            },
            { "verb": "evaluate", "options": { "model": "${run}/model", "perplexity": "{{Slashes(Text)}}", "window": 32 } }
          ],
          "tables": [
            { "title": "Perplexity", "rows": ["method"], "columns": ["sparsity"], "values": [{ "step": "evaluate", "path": "perplexity", "digits": 4 }] }
          ]
        }
        """;

    private static string Slashes(string path) => path.Replace('\\', '/');
}
