using Sparsum.Evaluation.Glue;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

/// <summary>Reads the published files themselves.</summary>
public sealed class PublishedGlueTests
{
    [SharedTheory("data/glue")]
    [InlineData("sst2", 67_349, 872)]
    [InlineData("cola", 8_551, 1_043)]
    [InlineData("rte", 2_490, 277)]
    [InlineData("mrpc", 4_076, 1_725)]
    [InlineData("stsb", 5_749, 1_500)]
    public void EveryRowIsRead(string name, int train, int dev)
    {
        var task = GlueTasks.Find(name)!;
        foreach (var (split, count) in new[] { (GlueSplit.Train, train), (GlueSplit.Dev, dev) })
        {
            var data = GlueReader.Read(SharedFiles.Path("data", "glue"), task, split);
            Assert.Equal((count, 0), (data.Examples.Count, data.SkippedRows));
            Assert.All(data.Examples, example => Assert.False(string.IsNullOrWhiteSpace(example.TextA)));
            Assert.All(data.Examples, example => Assert.Equal(task.LabelledColumns.TextB is null, example.TextB is null));
        }
    }

    /// <summary>How often label 1 stands in the dev sets, counted with cut and sort from the files.</summary>
    [SharedTheory("data/glue")]
    [InlineData("sst2", 444)]
    [InlineData("cola", 719)]
    [InlineData("rte", 131)]
    [InlineData("mrpc", 1_147)]
    public void LabelsAreCountedRight(string name, int ones)
    {
        var data = GlueReader.Read(SharedFiles.Path("data", "glue"), GlueTasks.Find(name)!, GlueSplit.Dev);
        Assert.Equal(ones, data.Examples.Count(example => example.Label == 1));
        Assert.Equal(data.Examples.Count - ones, data.Examples.Count(example => example.Label == 0));
    }

    [SharedFact("data/glue/STS-B/dev.tsv")]
    public void ScoresAreFractions()
    {
        var data = GlueReader.Read(SharedFiles.Path("data", "glue", "STS-B"), GlueTasks.Find("stsb")!, GlueSplit.Dev);
        Assert.Equal(new GlueExample("A man with a hard hat is dancing.", "A man wearing a hard hat is dancing.", null, 5), data.Examples[0]);
        Assert.Equal(4.75, data.Examples[1].Score);
    }
}
