using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

public sealed class TaskFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_described_task_is_read_like_one_of_glue()
    {
        var task = Read("""{ "name": "pairs", "text": 2, "textPair": 0, "label": 1, "header": false, "labels": ["no", "yes"], "metrics": ["f1", "accuracy"] }""");
        folder.Write("train.tsv", "second\tyes\tfirst\n");

        var example = Assert.Single(GlueReader.Read(folder.Root, task, GlueSplit.Train).Examples);

        Assert.Equal(new GlueExample("first", "second", 1, null), example);
        Assert.Equal([Metric.F1, Metric.Accuracy], task.Metrics);
    }

    [Fact]
    public void Text_and_label_are_the_first_columns_and_no_labels_mean_regression()
    {
        var task = Read("""{ "name": "scores", "metrics": ["pearson"] }""");
        folder.Write("dev.tsv", "text\tscore\nSo so.\t2.5\n");

        Assert.True(task.IsRegression);
        Assert.Equal(new GlueExample("So so.", null, null, 2.5), Assert.Single(GlueReader.Read(folder.Root, task, GlueSplit.Dev).Examples));
    }

    [Theory]
    [InlineData("""{ "metrics": ["accuracy"], "labels": ["a", "b"] }""")]
    [InlineData("""{ "name": "x", "metrics": [], "labels": ["a", "b"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["accuracy"], "labels": ["a"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["accuracy"], "labels": ["a", "a"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["accuracy"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["pearson"], "labels": ["a", "b"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["f1"], "labels": ["a", "b", "c"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["speed"], "labels": ["a", "b"] }""")]
    [InlineData("""{ "name": "x", "metrics": ["accuracy"], "labels": ["a", "b"], "label": 0 }""")]
    [InlineData("""{ "name": "x", "metrics": ["accuracy"], "labels": ["a", "b"], "label": -1 }""")]
    [InlineData("""{ "name": "x", "metrics": ["accuracy"], "labels": ["a", "b"], "colour": 1 }""")]
    [InlineData("null")]
    [InlineData("{")]
    public void A_description_that_makes_no_sense_is_refused(string json)
    {
        var error = Assert.Throws<DatasetException>(() => Read(json));

        Assert.Equal("malformed-task", error.Code);
        Assert.Equal(folder["task.json"], error.File);
    }

    [Fact]
    public void A_missing_description_is_refused() =>
        Assert.Equal("missing-file", Assert.Throws<DatasetException>(() => TaskFile.Read(folder["nowhere.json"])).Code);

    private GlueTask Read(string json) => TaskFile.Read(folder.Write("task.json", json)["task.json"]);
}
