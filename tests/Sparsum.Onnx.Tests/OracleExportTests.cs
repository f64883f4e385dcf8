using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Onnx;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Onnx.Tests;

/// <summary>Every family that is written, run by ONNX Runtime: the logits are those that the reference stack computed, padding included.</summary>
public sealed class OracleExportTests : IDisposable
{
    private const double Tolerance = 2e-5;

    private static readonly string[] Decoders =
    [
        "models/llama_gqa", "models/llama31_scaled_tied", "models/mistral_sliding", "models/phi2_style", "models/gpt2", "models/pythia_style",
        "models/qwen2_tied", "models/qwen3", "models/gemma", "models/opt_125m_style", "models/opt_350m_style", "families/llama_linear",
        "families/llama_yarn", "families/smollm3", "families/olmo2", "families/gemma2", "families/gemma3_text", "families/phi3",
        "families/phi3_longrope", "families/falcon_new", "families/bloom", "families/gptj",
    ];

    private static readonly string[] Encoders =
    [
        "models/bert_cls", "models/bert_mlm", "families/roberta_cls", "families/roberta_mlm", "families/distilbert_cls", "families/electra_cls",
        "families/modernbert_cls",
    ];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names() => new([.. Decoders, .. Encoders]);

    // Keys that were rotated for short sequences do not go with the frequencies of long ones.
    public static TheoryData<string> CachingNames() => new(Decoders.Where(name => name != "families/phi3_longrope"));

    public void Dispose() => folder.Dispose();

    [SharedTheory("oracle")]
    [MemberData(nameof(Names))]
    public void Logits_are_those_of_the_reference(string name)
    {
        var oracle = new Oracle(name, folder.Root);
        Assert.Empty(oracle.Summary.Remarks);
        using var onnx = new OnnxModel(folder.Root);
        float[] logits = oracle.Floats("logits");
        var actual = onnx.Run("logits", oracle.Ids, oracle.Mask, oracle.Batch, types: oracle.Types);
        Numbers.AssertClose(logits, actual.Buffer.Span, Tolerance * Scale(logits), name);
    }

    [SharedTheory("oracle")]
    [MemberData(nameof(CachingNames))]
    public void Steps_with_the_cache_give_what_the_whole_gives(string name)
    {
        var oracle = new Oracle(name, folder.Root);
        using var onnx = new OnnxModel(folder.Root);
        float[] logits = oracle.Floats("logits");
        int length = oracle.Ids.Length / oracle.Batch;
        int width = logits.Length / oracle.Ids.Length;
        int start = 0;
        foreach (int count in new[] { 4, 1, 1, 1, 3, length - 10 })
        {
            var step = onnx.Run(
                "logits",
                Columns(oracle.Ids, start, count),
                Columns(oracle.Mask, 0, start + count),
                oracle.Batch,
                positions: [.. Enumerable.Range(0, oracle.Batch).SelectMany(_ => Enumerable.Range(start, count))],
                startsAnew: start == 0);
            Assert.Equal([oracle.Batch, count, width], step.Dimensions.ToArray());
            float[] expected = [.. Enumerable.Range(0, oracle.Batch).SelectMany(row => logits.Skip(((row * length) + start) * width).Take(count * width))];
            Numbers.AssertClose(expected, step.Buffer.Span, Tolerance * Scale(logits), $"{name}, tokens {start} to {start + count - 1}");
            start += count;
        }

        T[] Columns<T>(T[] values, int first, int count) =>
            [.. Enumerable.Range(0, oracle.Batch).SelectMany(row => values.Skip((row * length) + first).Take(count))];
    }

    [Fact]
    public void Every_kind_that_is_written_is_among_them()
    {
        if (SharedFiles.Root is null)
        {
            return;
        }

        var types = Decoders.Concat(Encoders).Select(name =>
        {
            using var model = PretrainedModel.Open(SharedFiles.Path("oracle", name));
            return model.Architecture.ModelType;
        });
        Assert.Equal(OnnxExport.ModelTypes.Order(), types.Distinct().Order());
    }

    [SharedTheory("oracle")]
    [InlineData("families/mixtral", "mixtral")]
    [InlineData("families/deberta_v2_cls", "deberta-v2")]
    [InlineData("models/t5_v1_1", "t5")]
    [InlineData("families/llama_dynamic", "dynamic")]
    public void Others_are_refused_by_name(string name, string found)
    {
        using var model = PretrainedModel.Open(SharedFiles.Path("oracle", name));
        var error = Assert.Throws<Core.InvalidInputException>(() => OnnxExport.Write(model, folder.Root));
        Assert.Equal("not-for-onnx", error.Code);
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
        Assert.Contains("llama", error.Expected, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Root));
    }

    private static double Scale(float[] values) => Math.Max(1, values.Max(Math.Abs));

    private sealed class Oracle
    {
        private readonly string path;

        public Oracle(string name, string target)
        {
            path = SharedFiles.Path("oracle", name);
            using (var model = PretrainedModel.Open(path))
            {
                Summary = OnnxExport.Write(model, target);
            }

            using var reference = Checkpoint.Open(Path.Combine(path, "reference.safetensors"));
            Batch = reference.Tensors["input_ids"].Shape[0];
            Ids = Integers(reference, "input_ids");
            Mask = [.. Integers(reference, "attention_mask").Select(value => (byte)value)];
            Types = reference.Tensors.ContainsKey("token_type_ids") ? Integers(reference, "token_type_ids") : null;
        }

        public OnnxSummary Summary { get; }

        public int Batch { get; }

        public int[] Ids { get; }

        public byte[] Mask { get; }

        public int[]? Types { get; }

        public float[] Floats(string name)
        {
            using var reference = Checkpoint.Open(Path.Combine(path, "reference.safetensors"));
            float[] values = new float[reference.Tensors[name].ElementCount];
            reference.Read(name, values);
            return values;
        }

        private static int[] Integers(ICheckpoint reference, string name) => [.. reference.ReadIntegers(name).Select(value => (int)value)];
    }
}
