using Sparsum.Pruning.Inspection;
using Sparsum.Pruning.Tests.OneShot;
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
}
