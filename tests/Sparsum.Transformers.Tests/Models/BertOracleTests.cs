using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>BERT with both heads against the outputs and gradients of the reference stack.</summary>
public class BertOracleTests
{
    private const double HiddenTolerance = 2e-5;

    [SharedTheory("oracle/models")]
    [InlineData("models/bert_cls", "models/bert_cls", "reference", 3e-6)]
    [InlineData("models/bert_cls", "models/bert_cls", "cpu", 3e-6)]
    [InlineData("models/bert_mlm", "models/bert_mlm", "reference", 2e-5)]
    [InlineData("models/bert_mlm", "models/bert_mlm", "cpu", 2e-5)]
    [InlineData("formats/bert_cls_bin", "models/bert_cls", "cpu", 3e-6)]
    [InlineData("formats/bert_mlm_legacy_names", "models/bert_mlm", "cpu", 2e-5)]
    public void Outputs_are_those_of_the_reference(string folder, string outputs, string backend, double tolerance)
    {
        using var oracle = Open(folder, outputs);
        oracle.Pretrained.LoadAll();
        Compare(oracle, backend, "", tolerance);
        Assert.Empty(oracle.Pretrained.UnusedTensors);
        Assert.Empty(oracle.Pretrained.FreshParameters);
    }

    [SharedTheory("oracle/prune_heads")]
    [InlineData("bert_cls", 3e-6)]
    [InlineData("gpt2", 2e-5)]
    public void A_folder_with_pruned_heads_opens_at_its_smaller_size(string name, double tolerance)
    {
        using var oracle = Open($"prune_heads/{name}", $"prune_heads/{name}");
        oracle.Pretrained.LoadAll();
        Assert.Equal([3, 2], oracle.Pretrained.Model.Blocks.Select(block => block.Attention.HeadCount));
        Assert.Equal([24, 32], oracle.Pretrained.Model.Blocks[0].Attention.Query.Weight.Shape.ToArray());
        Compare(oracle, "cpu", "_after", tolerance);
    }

    [SharedTheory("oracle/prune_heads")]
    [InlineData("bert_cls", 3e-6)]
    [InlineData("gpt2", 2e-5)]
    public void Heads_removed_in_memory_give_the_same(string name, double tolerance)
    {
        using var oracle = Open($"models/{name}", $"prune_heads/{name}");
        using var pruned = PretrainedModel.Open(SharedFiles.Path("oracle", "prune_heads", name));
        oracle.Pretrained.LoadAll();
        foreach (var block in oracle.Pretrained.Model.Blocks)
        {
            block.Attention.RemoveHeads([.. pruned.ModelConfig.PrunedHeads![block.Index]]);
        }

        Compare(oracle, "cpu", "_after", tolerance);
    }

    [SharedTheory("oracle/models")]
    [InlineData("models/bert_cls", "grads", "reference")]
    [InlineData("models/bert_cls", "grads", "cpu")]
    [InlineData("models/bert_mlm", "grads", "reference")]
    [InlineData("models/bert_mlm", "grads", "cpu")]
    [InlineData("prune_heads/bert_cls", "grads_after", "cpu")]
    public void Gradients_are_those_of_the_reference(string folder, string file, string backendName)
    {
        using var oracle = Open(folder, folder);
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadAll();
        var model = oracle.Pretrained.Model;
        var parameters = model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());
        using (var tape = computation.Record())
        {
            tape.Watch(parameters);
            var batch = oracle.Batch();
            using var logits = model.Forward(model.BeginPass(computation, batch), batch);
            computation.CrossEntropy(logits, oracle.Ids("labels"));
            tape.Backward();
        }

        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", folder, $"{file}.safetensors"));
        string[] stored = [.. parameters.Select(oracle.Pretrained.StoredName).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), stored);
        foreach (string tensor in stored)
        {
            using var gradient = oracle.Pretrained.GatherGradient(tensor);
            Numbers.AssertClose(OracleModel.Read(expected, tensor), gradient.Span, 5e-6, tensor);
        }
    }

    [SharedFact("oracle/models/bert_mlm")]
    public void A_packed_encoder_computes_the_same()
    {
        using var oracle = Open("models/bert_mlm", "models/bert_mlm");
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        oracle.Pretrained.LoadPacked(backend, StorageType.Float32);
        var batch = oracle.Batch();
        using var logits = oracle.Pretrained.Model.Forward(oracle.Pretrained.Model.BeginPass(computation, batch), batch);
        Numbers.AssertClose(oracle.Values("logits"), logits.Span, 2e-5, "logits");
    }

    private static OracleModel Open(string folder, string outputs) =>
        new(SharedFiles.Path("oracle", folder), SharedFiles.Path("oracle", outputs));

    private static void Compare(OracleModel oracle, string backendName, string suffix, double tolerance)
    {
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        var model = oracle.Pretrained.Model;
        var batch = oracle.Batch();
        int seen = 0;
        using var logits = model.Forward(model.BeginPass(computation, batch), batch, (index, hidden) =>
        {
            string state = $"hidden_states{suffix}.{index}";
            Numbers.AssertClose(oracle.Values(state), hidden.Span, HiddenTolerance, state);
            seen++;
        });
        Assert.Equal(model.Blocks.Count + 1, seen);
        Numbers.AssertClose(oracle.Values($"logits{suffix}"), logits.Span, tolerance, "logits");
        int[] labels = oracle.Ids("labels");
        int[] targets = model is CausalLanguageModel
            ? [.. labels.Select((_, i) => i % batch.Length == batch.Length - 1 ? -100 : labels[i + 1])]
            : labels;
        Assert.Equal(oracle.Values($"loss{suffix}")[0], computation.CrossEntropy(logits, targets), HiddenTolerance);
    }
}
