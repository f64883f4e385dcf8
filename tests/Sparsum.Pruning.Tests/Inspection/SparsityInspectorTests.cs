using System.Text.Json.Nodes;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Inspection;
using Sparsum.Pruning.Tests.Compaction;
using Sparsum.Pruning.Tests.OneShot;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.Inspection;

public sealed class SparsityInspectorTests
{
    [Fact]
    public void Degrees_by_hand()
    {
        var degrees = DegreeStatistics.Of([0, 2, 4, 2]);

        Assert.Equal(new DegreeStatistics(2, Math.Sqrt(2), 0, 4, 1), degrees);
    }

    [Fact]
    public void A_pruned_model_shows_what_the_run_reported()
    {
        using var model = new TestModel();
        var result = model.Prune();
        using var pretrained = PretrainedModel.Open(model.Output);

        var inspection = SparsityInspector.Inspect(pretrained);

        Assert.Equal((result.Zeros, result.Elements, result.Sparsity), (inspection.Zeros, inspection.Elements, inspection.Sparsity));
        var layer = inspection.Blocks[2].Layers[^1];
        Assert.Equal(result.Blocks[2].Layers[^1].Zeros, layer.Zeros);
        Assert.Equal(new DegreeStatistics(20, 0, 20, 20, 0), layer.RowDegrees);
        Assert.Equal(20.0 * 32 / 48, layer.ColumnDegrees.Mean, 12);
        Assert.True(layer.ColumnDegrees.StandardDeviation > 0);
        Assert.False(pretrained.Model.Blocks[0].Linears[0].Weight.IsLoaded);
    }

    [Fact]
    public void What_was_removed_has_no_connections()
    {
        using var folder = new TemporaryFolder();
        MaskedModels.Write(folder["model"], MaskedModels.Of("bert"), 3);
        using (var model = MaskedModels.Create(MaskedModels.Of("bert"), 3))
        {
            model.Blocks[0].FeedForwards[0].RemoveNeurons([0, 1, 2, 3]);
            model.Blocks[0].Attention.RemoveHeads([1]);
            ModelWriter.Save(folder["removed"], MaskedModels.Of("bert"), model);
        }

        using var whole = PretrainedModel.Open(folder["model"]);
        using var removed = PretrainedModel.Open(folder["removed"]);
        var (before, after) = (SparsityInspector.Inspect(whole), SparsityInspector.Inspect(removed));

        var layer = after.Blocks[0].Layers[4];
        Assert.Equal((20, 24 * 16, 4 * 16), (layer.Rows, (int)layer.DenseElements, (int)layer.Removed));
        Assert.Equal(24, layer.Connectivity.Percentages.Count);
        Assert.Equal([.. before.Blocks[0].Layers[4].Connectivity.Percentages.Skip(4), 0, 0, 0, 0], layer.Connectivity.Percentages);
        var down = after.Blocks[0].Layers[5];
        Assert.Equal(16, down.Connectivity.Percentages.Count);
        Assert.All(down.Connectivity.Percentages, percentage => Assert.Equal(Math.Round(percentage * 24 / 100), percentage * 24 / 100, 9));
        Assert.Equal(before.DenseElements, after.DenseElements);
        Assert.Equal(3 * ((3 * 16 * 16) + (2 * 24 * 16)), after.Tracked.Dense);
        Assert.Equal((3 * 4 * 16) + (2 * 4 * 16), after.Tracked.Removed);
        Assert.Equal(3 * (24 + 16), after.Connectivity.Percentages.Count);
        var heads = after.Blocks[0].Heads.Single();
        Assert.Equal(("self", 4), (heads.Kind, heads.Original));
        Assert.Equal([0, 2, 3], heads.Kept.Keys);
        Assert.Null(after.RelativeImportanceOfRemovedHeads);
    }

    [Fact]
    public void Near_zeros_depend_on_epsilon_and_zeros_do_not()
    {
        using var folder = new TemporaryFolder();
        MaskedModels.Write(folder["model"], MaskedModels.Of("t5"), 3);
        using var pretrained = PretrainedModel.Open(folder["model"]);

        var fine = SparsityInspector.Inspect(pretrained, 1e-12);
        var coarse = SparsityInspector.Inspect(pretrained, 0.1);

        Assert.Equal(fine.Zeros, coarse.Zeros);
        Assert.True(coarse.Tracked.NearZero > fine.Tracked.NearZero);
        Assert.True(coarse.Connectivity.Mean < fine.Connectivity.Mean);
        Assert.Equal(["self", "cross"], fine.Blocks[^1].Heads.Select(heads => heads.Kind));
        Assert.Equal(fine.Connectivity.Percentages.Count, fine.Connectivity.Histogram(20).Sum());
    }

    [Fact]
    public void The_history_of_training_says_what_removed_heads_were_worth()
    {
        using var folder = new TemporaryFolder();
        var config = MaskedModels.Of("bert");
        using (var model = MaskedModels.Create(config, 3))
        {
            model.Blocks[1].Attention.RemoveHeads([2]);
            ModelWriter.Save(folder["model"], config, model);
        }

        var json = JsonNode.Parse(File.ReadAllText(folder["model/config.json"]))!.AsObject();
        var record = new PrunedModuleRecord(
            "encoder", 1, "self", 4, [0, 1, 3], new Dictionary<int, int> { [2] = 1 }, new Dictionary<int, int> { [2] = 0 })
        {
            Removals = new Dictionary<int, RemovalImportance> { [2] = new(10, 4) },
        };
        EliminationHistory.Write(json, [record], HeadRemoval.Physical);
        File.WriteAllText(folder["model/config.json"], json.ToJsonString());
        using var pretrained = PretrainedModel.Open(folder["model"]);

        var inspection = SparsityInspector.Inspect(pretrained);

        Assert.Equal(2.5, inspection.RelativeImportanceOfRemovedHeads!.Value, 12);
        Assert.Empty(inspection.Blocks[0].Heads[0].Removed);
    }
}
