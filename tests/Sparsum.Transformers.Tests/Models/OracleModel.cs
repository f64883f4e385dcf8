using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>A reference model with the outputs that the reference stack computed for it.</summary>
internal sealed class OracleModel : IDisposable
{
    public static readonly string[] Names =
    [
        "opt_125m_style", "opt_350m_style", "llama_gqa", "llama31_scaled_tied", "mistral_sliding", "phi2_style", "gpt2", "pythia_style",
        "qwen2_tied", "qwen3", "gemma",
    ];

    private readonly ICheckpoint reference;

    /// <summary>Opens the model in one folder with the outputs kept in another.</summary>
    public OracleModel(string folder, string referenceFolder)
    {
        Pretrained = PretrainedModel.Open(folder);
        reference = Checkpoint.Open(Path.Combine(referenceFolder, "reference.safetensors"));
    }

    public PretrainedModel Pretrained { get; }

    public CausalLanguageModel Model => Pretrained.LanguageModel;

    public static TheoryData<string, string> NamesAndBackends()
    {
        var data = new TheoryData<string, string>();
        foreach (string name in Names)
        {
            data.Add(name, "reference");
            data.Add(name, "cpu");
        }

        return data;
    }

    public static TheoryData<string> AllNames() => new(Names);

    public static IBackend CreateBackend(string name) => name == "cpu" ? new CpuBackend(2) : new ReferenceBackend();

    public static OracleModel Open(string name)
    {
        string folder = SharedFiles.Path("oracle", "models", name);
        return new OracleModel(folder, folder);
    }

    public static JsonElement ReferenceJson(string name) =>
        JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("oracle", "models", name, "reference.json"))).RootElement;

    public TokenBatch Batch()
    {
        int[] shape = [.. reference.Tensors["input_ids"].Shape];
        return new TokenBatch(Ids("input_ids"), shape[0], [.. Ids("attention_mask").Select(value => (byte)value)])
        {
            TokenTypeIds = Has("token_type_ids") ? Ids("token_type_ids") : null,
        };
    }

    public int[] Ids(string name) => [.. reference.ReadIntegers(name).Select(value => (int)value)];

    public float[] Values(string name) => Read(reference, name);

    public bool Has(string name) => reference.Tensors.ContainsKey(name);

    public static float[] Read(ICheckpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors[name].Shape.Aggregate(1, (product, size) => product * size)];
        checkpoint.Read(name, values);
        return values;
    }

    public void Dispose()
    {
        Pretrained.Dispose();
        reference.Dispose();
    }
}
