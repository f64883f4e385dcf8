using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>What BESA learns, handed to every kind of method.</summary>
public sealed class BesaMethodTests
{
    [Fact]
    public void SparseGpt_prunes_every_matrix_as_learned_from_wanda_scores_and_updates_what_stays()
    {
        using var model = new TestModel(samples: 6, tokens: 16);
        var wanda = model.Prune(Options(model, "wanda", ("granularity", "layer"), ("epochs", "10")), output: model.At("wanda"));

        var result = model.Prune(Options(model, "sparsegpt", ("granularity", "layer"), ("epochs", "10")));

        var learned = result.Allocation!["blocks"]!.AsArray().SelectMany(block => block!["layers"]!.AsArray()).Select(layer => (double)layer!["alpha"]!).ToList();
        Assert.True(JsonNode.DeepEquals(wanda.Allocation, result.Allocation));
        Assert.True(learned.Distinct().Count() > 1);

        // SparseGPT prunes one weight more than the product, and what is equal to that one.
        Assert.All(
            result.Blocks.SelectMany(block => block.Layers).Zip(learned),
            pair => Assert.InRange(pair.First.Zeros - (pair.Second * pair.First.Elements), -1, 4));
        Assert.InRange(result.Sparsity, 0.55, 0.65);
        Assert.Equal(0, ShareOfChanged(model, model.At("wanda")));
        Assert.InRange(ShareOfChanged(model, model.Output), 0.5, 1);
    }

    [Fact]
    public void Every_score_serves()
    {
        using var model = new TestModel();
        foreach (string method in (string[])["magnitude", "wanda", "multiflow"])
        {
            var result = model.Prune(Options(model, method, ("exact", "true")), output: model.At(method));

            Assert.All(result.Blocks, block => Assert.Equal(Math.Round(0.6 * block.Layers.Sum(layer => layer.Elements)), block.Layers.Sum(layer => layer.Zeros)));
        }
    }

    [Theory]
    [InlineData("granularity", "row")]
    [InlineData("exact", "true")]
    public void Rows_of_their_own_are_refused_to_SparseGpt(string name, string value)
    {
        using var model = new TestModel();
        string[] before = Folders.Names(model.Root);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(
            Options(model, "sparsegpt", name == "exact" ? [("granularity", "layer"), (name, value)] : [(name, value)])));

        Assert.Equal(("conflicting-options", "method"), (error.Code, error.Option));
        Assert.Contains("besa.granularity=layer", error.Hint, StringComparison.Ordinal);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    private static PruneOptions Options(TestModel model, string method, params (string Name, string Value)[] settings) => (model.Options with
    {
        Method = Named.Method(method),
        Allocation = Named.Allocation("besa"),
    }).Set(settings.Select(setting => $"besa.{setting.Name}={setting.Value}"));

    /// <summary>The share of the weights that are left which are not what they were.</summary>
    private static double ShareOfChanged(TestModel model, string output)
    {
        using var dense = PretrainedModel.Open(model.Input);
        using var pruned = PretrainedModel.Open(output);
        dense.LoadAll();
        pruned.LoadAll();
        var left = Weights(dense).Zip(Weights(pruned)).Where(pair => pair.Second != 0).ToList();
        return (double)left.Count(pair => pair.First != pair.Second) / left.Count;

        static IEnumerable<float> Weights(PretrainedModel model) =>
            model.Model.Blocks.SelectMany(block => block.Linears).SelectMany(linear => linear.Weight.Value.ToArray());
    }
}
