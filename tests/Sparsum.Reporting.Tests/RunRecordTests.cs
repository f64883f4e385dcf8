using Sparsum.Core;
using Sparsum.Reporting.Records;
using Xunit;

namespace Sparsum.Reporting.Tests;

public sealed class RunRecordTests
{
    [Fact]
    public void PruneRecordIsReadWhole()
    {
        var record = Records.Prune("wanda", 0.6, "out");
        Assert.Equal(("prune", "models/dense", "out", "7"), (record.Command, record.Model, record.Output, record.Seed));
        Assert.Equal((0.6, 12.5, 123456789L), (record.Sparsity, record.Seconds, record.PeakBytes));
        Assert.Equal("wanda · uniform", record.Method);
        Assert.Equal(["self_attn.q_proj", "mlp.down_proj"], record.Blocks[1].Layers.Select(layer => layer.Name));
        Assert.Equal(0.65, record.Blocks[1].Sparsity);
        Assert.False(record.HasPerplexity);
    }

    [Fact]
    public void PerplexityThatIsNotFiniteIsKnownToHaveBeenMeasured()
    {
        var record = Records.Evaluate("m", double.NaN);
        Assert.True(record.HasPerplexity);
        Assert.Null(record.Perplexity);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"command\": 3}")]
    [InlineData("null")]
    public void WhatIsNoRecordIsATypedError(string json)
    {
        var error = Assert.Throws<InvalidInputException>(() => RunRecord.Parse(json, "run.json"));
        Assert.Equal(("malformed-run-record", "run.json"), (error.Code, error.File));
    }

    [Fact]
    public void FieldsOfAnotherTypeCountAsAbsent()
    {
        var record = RunRecord.Parse("""{"command": "bench", "items": [{"ratio": "x"}, 3], "blocks": 5, "sparsity": 1e999, "options": []}""");
        Assert.Equal(2, record.Items.Count);
        Assert.Null(record.Items[0].Prefill!.Ratio);
        Assert.Empty(record.Blocks);
        Assert.Null(record.Sparsity);
    }

    [Fact]
    public void FolderGivesItsRunJson()
    {
        string folder = Directory.CreateTempSubdirectory("sparsum-record-").FullName;
        try
        {
            Assert.Equal("missing-run-record", Assert.Throws<InvalidInputException>(() => RunRecord.Load(folder)).Code);
            File.WriteAllText(Path.Combine(folder, "run.json"), """{"command": "inspect"}""");
            Assert.Equal("inspect", RunRecord.Load(folder).Command);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
