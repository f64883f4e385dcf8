using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Sparsum.Extensions.AI;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.MiniLm.Tests;

/// <summary>
/// The vectors of all-MiniLM-L6-v2 against ONNX Runtime on the original file: the weights are that file's own, in float32, so that nothing but
/// arithmetic differs.
/// </summary>
public sealed class OnnxRuntimeTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "A man is eating food.",
        "Someone has a meal.",
        "The stock market fell sharply on Monday, after a week of losses in technology shares and banks alike.",
        "x",
        "Ein Satz in einer anderen Sprache, mit Ümläuten.",
    ];

    private const string Config = """
        {
          "architectures": ["BertModel"], "model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
          "intermediate_size": 1536, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "max_position_embeddings": 512, "type_vocab_size": 2,
          "vocab_size": 30522, "pad_token_id": 0, "torch_dtype": "float32"
        }
        """;

    private const string TokenizerConfig = """
        {
          "do_lower_case": true, "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]",
          "cls_token": "[CLS]", "mask_token": "[MASK]"
        }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Vectors_equal_those_of_onnx_runtime_on_the_original()
    {
        byte[] onnx = Resource("model.onnx");
        Write(onnx);
        using var generator = SparsumEmbeddingGenerator.Open(folder.Root);
        var vectors = await generator.GenerateAsync(Texts);

        using var session = new InferenceSession(onnx);
        var tokenizer = Tokenizer.Open(folder.Root);
        double worst = 0;
        for (int i = 0; i < Texts.Length; i++)
        {
            float[] expected = Run(session, tokenizer.Encode(Texts[i]));
            Numbers.AssertClose(expected, vectors[i].Vector.Span, 1e-4, $"text {i}");
            worst = Math.Max(worst, expected.Zip(vectors[i].Vector.ToArray(), (left, right) => Math.Abs(left - right)).Max());
        }

        Assert.InRange(worst, 0, 1e-5);
        double related = Cosine(0, 1);
        Assert.True(related > 0.6 && Cosine(0, 2) < 0.2, $"{related} {Cosine(0, 2)}");

        double Cosine(int left, int right) => vectors[left].Vector.ToArray().Zip(vectors[right].Vector.ToArray(), (a, b) => (double)a * b).Sum();
    }

    /// <summary>The mean of the last states, made one long, in double precision.</summary>
    private static float[] Run(InferenceSession session, int[] ids)
    {
        NamedOnnxValue Input(string name, Func<int, long> value) => NamedOnnxValue.CreateFromTensor(
            name, new DenseTensor<long>(ids.Select((_, i) => value(i)).ToArray(), [1, ids.Length]));
        using var outputs = session.Run([Input("input_ids", i => ids[i]), Input("attention_mask", _ => 1), Input("token_type_ids", _ => 0)]);
        var states = outputs.Single(output => output.AsTensor<float>().Dimensions.Length == 3).AsTensor<float>();
        double[] mean = [.. Enumerable.Range(0, states.Dimensions[2]).Select(column => Enumerable.Range(0, ids.Length).Average(row => (double)states[0, row, column]))];
        double length = Math.Sqrt(mean.Sum(value => value * value));
        return [.. mean.Select(value => (float)(value / length))];
    }

    private void Write(byte[] onnx)
    {
        folder.Write("config.json", Config).Write("tokenizer_config.json", TokenizerConfig).Write("vocab.txt", Resource("vocab.txt"));
        var weights = OnnxFile.Read(onnx).ToList();
        var layout = new SafetensorsLayout([.. weights.Select(weight => new TensorInfo(weight.Name, TensorDataType.F32, weight.Shape))]);
        using var writer = SafetensorsWriter.Create(folder["model.safetensors"], layout);
        foreach (var (name, _, values) in weights)
        {
            writer.Write(name, values);
        }

        writer.Complete();
    }

    // Only looked into: what the assembly itself refers to is not there.
    private static byte[] Resource(string name)
    {
        string path = typeof(OnnxRuntimeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "MiniLmAssembly").Value!;
        var assembly = Assembly.LoadFile(path);
        using var stream = assembly.GetManifestResourceStream(assembly.GetManifestResourceNames().Single(resource => resource.EndsWith(name, StringComparison.Ordinal)))!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
