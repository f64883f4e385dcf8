using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>T5 in both versions against the outputs and gradients of the reference stack.</summary>
public sealed class T5OracleTests : IDisposable
{
    private const double Tolerance = 2e-5;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SharedTheory("oracle/models")]
    [InlineData("t5_v1_0", "reference")]
    [InlineData("t5_v1_0", "cpu")]
    [InlineData("t5_v1_1", "reference")]
    [InlineData("t5_v1_1", "cpu")]
    public void Outputs_are_those_of_the_reference(string name, string backendName)
    {
        using var oracle = OracleModel.Open(name);
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        var model = Model(oracle);
        oracle.Pretrained.LoadAll();
        var batch = Batch(oracle, model);
        var seen = new List<string>();
        using var logits = model.Forward(model.BeginPass(computation, batch), batch, (index, hidden) =>
        {
            string state = model.HiddenStateName(index);
            Numbers.AssertClose(oracle.Values(state), hidden.Span, Tolerance, state);
            seen.Add(state);
        });
        Assert.Equal(model.Blocks.Count + 2, seen.Distinct().Count());
        Numbers.AssertClose(oracle.Values("logits"), logits.Span, Tolerance, "logits");
        Assert.Equal(oracle.Values("loss")[0], computation.CrossEntropy(logits, oracle.Ids("labels")), Tolerance);
        Assert.Empty(oracle.Pretrained.UnusedTensors);
    }

    [SharedTheory("oracle/models")]
    [InlineData("t5_v1_0")]
    [InlineData("t5_v1_1")]
    public void Targets_are_the_labels_shifted_right(string name)
    {
        using var oracle = OracleModel.Open(name);
        var target = Model(oracle).ShiftRight(oracle.Ids("labels"), 3);
        Assert.Equal(oracle.Ids("decoder_input_ids"), target.InputIds);
    }

    [SharedTheory("oracle/models")]
    [InlineData("t5_v1_0", "reference")]
    [InlineData("t5_v1_0", "cpu")]
    [InlineData("t5_v1_1", "reference")]
    [InlineData("t5_v1_1", "cpu")]
    public void Gradients_are_those_of_the_reference(string name, string backendName)
    {
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        var gradients = Gradients(oracle, OracleModel.CreateBackend(backendName));
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "models", name, "grads.safetensors"));
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), gradients.Keys.Order(StringComparer.Ordinal));
        foreach (var (tensor, gradient) in gradients)
        {
            Numbers.AssertClose(OracleModel.Read(expected, tensor), gradient, 5e-6, tensor);
        }
    }

    [SharedFact("oracle/models/t5_v1_1")]
    public void The_number_of_threads_changes_no_bit_of_a_gradient()
    {
        using var oracle = OracleModel.Open("t5_v1_1");
        oracle.Pretrained.LoadAll();
        var expected = Gradients(oracle, new CpuBackend(1));
        var actual = Gradients(oracle, new CpuBackend(3));
        Assert.All(expected, item => Assert.Equal(item.Value, actual[item.Key]));
    }

    [SharedTheory("oracle/models")]
    [InlineData("t5_v1_0")]
    [InlineData("t5_v1_1")]
    public void A_packed_model_computes_the_same(string name)
    {
        using var oracle = OracleModel.Open(name);
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadPacked(backend, StorageType.Float32);
        var batch = Batch(oracle, Model(oracle));
        using var logits = oracle.Pretrained.Model.Forward(oracle.Pretrained.Model.BeginPass(computation, batch), batch);
        Numbers.AssertClose(oracle.Values("logits"), logits.Span, Tolerance, "logits");
    }

    [SharedFact("oracle/prune_heads")]
    public void Heads_of_every_attention_can_be_removed()
    {
        using var oracle = OpenForPruning();
        oracle.Pretrained.LoadAll();
        RemoveHeads(Model(oracle));
        Compare(oracle);
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "prune_heads", "t5_v1_0", "model.safetensors"));
        foreach (var parameter in oracle.Pretrained.Model.Parameters)
        {
            Assert.Equal(OracleModel.Read(expected, parameter.Name), parameter.Value.ToArray());
        }
    }

    [SharedFact("oracle/prune_heads")]
    public void A_folder_with_removed_heads_opens_at_its_smaller_size()
    {
        using (var oracle = OpenForPruning())
        {
            oracle.Pretrained.LoadAll();
            RemoveHeads(Model(oracle));
            ModelWriter.Save(folder["pruned"], oracle.Pretrained.ModelConfig, oracle.Pretrained.Model);
        }

        using var reopened = new OracleModel(folder["pruned"], SharedFiles.Path("oracle", "prune_heads", "t5_v1_0"));
        reopened.Pretrained.LoadAll();
        Assert.Equal([3, 2, 3, 4, 2, 2], Model(reopened).Blocks.SelectMany(block => block.Attentions).Select(attention => attention.HeadCount));
        Compare(reopened);
    }

    [SharedFact("oracle/prune_heads")]
    public void A_block_alone_computes_the_bias_of_its_kept_heads_itself()
    {
        using var oracle = OpenForPruning();
        using var computation = new Computation(OracleModel.CreateBackend("cpu"));
        oracle.Pretrained.LoadAll();
        var model = Model(oracle);
        RemoveHeads(model);
        var batch = oracle.Batch();
        var pass = model.BeginPass(computation, batch);
        var inputs = new List<Tensor>();
        using var encoded = model.Encode(pass, batch, (_, hidden) => inputs.Add(hidden.Clone()));
        using var output = model.Blocks[0].Forward(pass, inputs[0]);
        Assert.Equal(inputs[1].ToArray(), output.ToArray());
        inputs.ForEach(input => input.Dispose());
    }

    private static OracleModel OpenForPruning() =>
        new(SharedFiles.Path("oracle", "models", "t5_v1_0"), SharedFiles.Path("oracle", "prune_heads", "t5_v1_0"));

    private static EncoderDecoderModel Model(OracleModel oracle) => Assert.IsType<EncoderDecoderModel>(oracle.Pretrained.Model);

    private static TokenBatch Batch(OracleModel oracle, EncoderDecoderModel model)
    {
        var source = oracle.Batch();
        return new TokenBatch(source.InputIds, source.Batch, source.AttentionMask) { Target = model.ShiftRight(oracle.Ids("labels"), 3) };
    }

    private static void RemoveHeads(EncoderDecoderModel model)
    {
        string json = File.ReadAllText(SharedFiles.Path("oracle", "prune_heads", "t5_v1_0", "reference.json"));
        using var document = JsonDocument.Parse(json);
        var heads = document.RootElement.GetProperty("heads_to_prune");
        Remove("encoder_self", block => model.Blocks[block].Attention);
        Remove("decoder_self", block => model.Blocks[model.EncoderBlockCount + block].Attention);
        Remove("decoder_cross", block => model.Blocks[model.EncoderBlockCount + block].CrossAttention!);

        void Remove(string kind, Func<int, AttentionLayer> select)
        {
            foreach (var block in heads.GetProperty(kind).EnumerateObject())
            {
                select(int.Parse(block.Name)).RemoveHeads([.. block.Value.EnumerateArray().Select(head => head.GetInt32())]);
            }
        }
    }

    private static void Compare(OracleModel oracle)
    {
        using var computation = new Computation(OracleModel.CreateBackend("cpu"));
        var model = Model(oracle);
        var batch = Batch(oracle, model);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch, (index, hidden) =>
        {
            if (index > model.EncoderBlockCount)
            {
                string state = $"hidden_states_after.{index - model.EncoderBlockCount - 1}";
                Numbers.AssertClose(oracle.Values(state), hidden.Span, Tolerance, state);
            }
        });
        Numbers.AssertClose(oracle.Values("logits_after"), logits.Span, Tolerance, "logits");
        Assert.Equal(oracle.Values("loss_after")[0], computation.CrossEntropy(logits, oracle.Ids("labels")), Tolerance);
    }

    private static Dictionary<string, float[]> Gradients(OracleModel oracle, IBackend backend)
    {
        using var computation = new Computation(backend);
        var model = Model(oracle);
        var parameters = model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());
        using (var tape = computation.Record())
        {
            tape.Watch(parameters);
            var batch = Batch(oracle, model);
            using var logits = model.Forward(model.BeginPass(computation, batch), batch);
            computation.CrossEntropy(logits, oracle.Ids("labels"));
            tape.Backward();
        }

        backend.Dispose();
        return parameters.Select(oracle.Pretrained.StoredName).Distinct().ToDictionary(name => name, name =>
        {
            using var gradient = oracle.Pretrained.GatherGradient(name);
            return gradient.ToArray();
        });
    }
}
