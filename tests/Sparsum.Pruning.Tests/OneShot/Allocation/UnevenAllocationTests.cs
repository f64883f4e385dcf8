using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Allocations that take sequences one by one, where sequences have different lengths.</summary>
public sealed class UnevenAllocationTests
{
    [Fact]
    public void Each_sequence_has_the_rows_that_a_batch_gave_it()
    {
        using var model = new TestModel(TinyConfigs.Bert, UnevenSequences.Json([7, 3, 12, 3, 7]));
        using var pretrained = PretrainedModel.Open(model.Input);
        var calibration = CalibrationLoader.Load(model.Options.Calibration!, pretrained);

        var sequences = CalibrationBatches.Sequences(calibration).ToList();

        Assert.Equal([0, 7, 14, 17, 20], sequences.Select(sequence => sequence.FirstToken));
        Assert.Equal(new[] { 0, 4, 1, 3, 2 }.Select(sample => calibration.Sequences[sample]), sequences.Select(sequence => sequence.Ids));
    }

    [Fact]
    public void Besa_learns_from_each_sequence_wherever_it_stands()
    {
        using var mixed = new TestModel(TinyConfigs.Bert, UnevenSequences.Json([7, 3, 12, 3, 7]));
        using var sorted = new TestModel(TinyConfigs.Bert, UnevenSequences.Json([7, 7, 3, 3, 12]));

        var result = mixed.Prune(Options(mixed, "besa", ("besa.exact", "true")), threads: 2);
        sorted.Prune(Options(sorted, "besa", ("besa.exact", "true")));

        Assert.All(result.Blocks, block => Assert.Equal(Math.Round(0.6 * block.Layers.Sum(layer => layer.Elements)), block.Layers.Sum(layer => layer.Zeros)));
        Assert.Equal(Weights(sorted), Weights(mixed));
    }

    [Fact]
    public void Dsa_measures_every_window_as_it_is()
    {
        using var model = new TestModel(TinyConfigs.Llama with { NumHiddenLayers = 3 }, UnevenSequences.Json([9, 4, 16, 4]));

        var result = model.Prune(Options(
            model, "dsa", ("dsa.search", "true"), ("dsa.fitness", model.Ids), ("dsa.population", "3"), ("dsa.budget", "1")));

        double measured = result.Allocation!["perplexity"]!.GetValue<double>();
        Assert.Equal(Perplexity(model), measured, measured * 1e-5);
    }

    [Fact]
    public void NeuronAl_reports_the_perplexity_of_windows_as_they_are()
    {
        using var model = new TestModel(TinyConfigs.Llama with { NumHiddenLayers = 3 }, UnevenSequences.Json([9, 4, 16, 4]));

        var result = model.Prune(Options(
            model, "neuronal", ("neuronal.samples", "4"), ("neuronal.block-lambdas", "0.1"), ("neuronal.row-lambdas", "0.1"),
            ("neuronal.perplexity", model.Ids), ("neuronal.perplexity-windows", "0")));

        double measured = result.Allocation!["rowCandidates"]![0]!["perplexity"]!.GetValue<double>();
        Assert.Equal(Perplexity(model), measured, measured * 1e-5);
    }

    private static PruneOptions Options(TestModel model, string allocation, params (string Name, string Value)[] settings) => (model.Options with
    {
        Allocation = Named.Allocation(allocation),
    }).Set(settings.Select(setting => $"{setting.Name}={setting.Value}"));

    private static byte[] Weights(TestModel model) =>
        [.. Directory.GetFiles(model.Output, "*.safetensors").Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];

    /// <summary>That of the pruned model, one sequence after the other.</summary>
    private static double Perplexity(TestModel model)
    {
        using var pruned = PretrainedModel.Open(model.Output);
        pruned.LoadAll();
        using var computation = new Computation(new ReferenceBackend());
        double loss = 0;
        int targets = 0;
        foreach (int[] ids in CalibrationLoader.Load(model.Options.Calibration!, pruned).Sequences)
        {
            var batch = new TokenBatch(ids, 1);
            using var logits = pruned.LanguageModel.Forward(pruned.LanguageModel.BeginPass(computation, batch), batch);
            for (int i = 0; i + 1 < ids.Length; i++)
            {
                double[] row = [.. logits.Row(i).ToArray().Select(value => (double)value)];
                loss += Math.Log(row.Sum(Math.Exp)) - row[ids[i + 1]];
                targets++;
            }
        }

        return Math.Exp(loss / targets);
    }
}
