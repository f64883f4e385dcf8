using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Forward passes against the outputs of the reference stack.</summary>
public class OracleForwardTests
{
    private const double Tolerance = 2e-5;

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.NamesAndBackends), MemberType = typeof(OracleModel))]
    public void Logits_loss_and_hidden_states_are_those_of_the_reference(string name, string backend)
    {
        using var oracle = OracleModel.Open(name);
        Compare(oracle, backend);
        Assert.Empty(oracle.Pretrained.UnusedTensors);
    }

    [SharedTheory("oracle/formats")]
    [InlineData("llama_gqa_sharded", "models/llama_gqa")]
    [InlineData("llama_gqa_bf16", "formats/llama_gqa_bf16")]
    [InlineData("opt_125m_style_f16", "formats/opt_125m_style_f16")]
    [InlineData("gpt2_hub_keys", "models/gpt2")]
    public void Other_containers_give_the_same_outputs(string format, string outputs)
    {
        using var oracle = new OracleModel(SharedFiles.Path("oracle", "formats", format), SharedFiles.Path("oracle", outputs));
        Compare(oracle, "reference");
        Assert.Empty(oracle.Pretrained.UnusedTensors);
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void A_packed_model_computes_the_same(string name)
    {
        using var oracle = OracleModel.Open(name);
        using var backend = OracleModel.CreateBackend("cpu");
        oracle.Pretrained.LoadPacked(backend, StorageType.Float32);
        Assert.All(oracle.Model.Blocks.SelectMany(block => block.Linears), linear => Assert.False(linear.Weight.IsLoaded));
        using var computation = new Computation(backend);
        var batch = oracle.Batch();
        using var logits = oracle.Model.Forward(oracle.Model.BeginPass(computation, batch), batch);
        Numbers.AssertClose(LogitsOf(oracle), logits.Span, Tolerance, "logits");
    }

    [SharedTheory("oracle/models")]
    [InlineData("llama_gqa", StorageType.BFloat16)]
    [InlineData("opt_350m_style", StorageType.Float16)]
    [InlineData("gpt2", StorageType.BFloat16)]
    [InlineData("qwen2_tied", StorageType.Int8)]
    [InlineData("llama_gqa", StorageType.Int8Rows)]
    public void Both_backends_round_packed_weights_alike(string name, StorageType storage)
    {
        float[] exact = PackedLogits(name, "reference", StorageType.Float32);
        float[] rounded = PackedLogits(name, "reference", storage);
        Assert.NotEqual(exact, rounded);
        Numbers.AssertClose(exact, rounded, 0.2, "rounded logits");
        Numbers.AssertClose(rounded, PackedLogits(name, "cpu", storage), Tolerance, "logits");
    }

    [SharedTheory("oracle/models")]
    [InlineData("llama_gqa")]
    [InlineData("pythia_style")]
    public void The_number_of_threads_changes_no_bit(string name)
    {
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        Assert.Equal(Logits(oracle, new CpuBackend(1)), Logits(oracle, new CpuBackend(3)));
    }

    private static float[] PackedLogits(string name, string backendName, StorageType storage)
    {
        using var oracle = OracleModel.Open(name);
        var backend = OracleModel.CreateBackend(backendName);
        oracle.Pretrained.LoadPacked(backend, storage);
        return Logits(oracle, backend);
    }

    private static float[] Logits(OracleModel oracle, IBackend backend)
    {
        using var computation = new Computation(backend);
        var batch = oracle.Batch();
        using var logits = oracle.Model.Forward(oracle.Model.BeginPass(computation, batch), batch);
        backend.Dispose();
        return logits.ToArray();
    }

    private static void Compare(OracleModel oracle, string backendName)
    {
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadAll();
        var batch = oracle.Batch();
        int seen = 0;
        using var logits = oracle.Model.Forward(oracle.Model.BeginPass(computation, batch), batch, (index, hidden) =>
        {
            string state = $"hidden_states.{index}";
            if (oracle.Has(state))
            {
                Numbers.AssertClose(oracle.Values(state), hidden.Span, Tolerance, state);
                seen++;
            }
        });
        Assert.Equal(oracle.Has("hidden_states.0") ? oracle.Model.Blocks.Count + 1 : 0, seen);
        Numbers.AssertClose(LogitsOf(oracle), logits.Span, Tolerance, "logits");
        if (oracle.Has("labels"))
        {
            Assert.Equal(oracle.Values("loss")[0], Loss(backend, logits, oracle.Ids("labels"), batch.Batch), Tolerance);
        }
    }

    private static float[] LogitsOf(OracleModel oracle) => oracle.Values("logits");

    /// <summary>Labels are shifted by one, -100 is left out, the rest averaged.</summary>
    private static double Loss(IBackend backend, Tensor logits, int[] labels, int batch)
    {
        int length = labels.Length / batch;
        int[] targets = [.. Enumerable.Range(0, labels.Length).Select(i => i % length == length - 1 ? -100 : labels[i + 1])];
        var losses = new double[labels.Length];
        backend.CrossEntropy(logits, targets, losses);
        return losses.Sum() / targets.Count(target => target != -100);
    }
}
