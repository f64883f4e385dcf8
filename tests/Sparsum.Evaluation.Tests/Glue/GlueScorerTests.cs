using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

public sealed class GlueScorerTests : IDisposable
{
    private readonly GlueFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void LargestOutputIsTheLabelAndTheFirstOneOnATie()
    {
        folder.With("dev.tsv", "q|1|2|a|b", "1|1|2|a|b", "1|1|2|a|b", "0|1|2|a|b", "0|1|2|a|b", "1|1|2|a|b");
        var scores = GlueScorer.Score(Read("mrpc", GlueSplit.Dev), [0, 1, 2, 2, 3, -1, -5, -4, 1, 2]);

        // Predicted 1, 0, 0, 1, 1.
        Assert.Equal(["accuracy", "f1", "combined"], scores.Values.Keys);
        Assert.Equal(0.6, scores.Values["accuracy"], 1e-15);
        Assert.Equal(2.0 / 3, scores.Values["f1"], 1e-15);
    }

    [Fact]
    public void LabelsGoThroughTheModelsOrder()
    {
        folder.With("dev.tsv", "i|a|b|label", "0|a|b|entailment", "1|a|b|not_entailment", "2|a|b|entailment");
        var data = Read("rte", GlueSplit.Dev);
        float[] logits = [0, 1, 1, 0, 0, 1];
        var swapped = LabelMapping.Create(data.Task, new Dictionary<string, int> { ["not_entailment"] = 0, ["entailment"] = 1 });
        Assert.Equal(0, GlueScorer.Score(data, logits).Combined);
        Assert.Equal(1, GlueScorer.Score(data, logits, swapped).Combined);
    }

    [Fact]
    public void RegressionTakesOutputsAsTheyAre()
    {
        folder.With("dev.tsv", [.. new[] { "score", "1", "2", "3", "4", "5" }.Select(score => $"i|g|f|y|o|s|s|a|b|{score}")]);
        var scores = GlueScorer.Score(Read("stsb", GlueSplit.Dev), [10, 9, 2.5f, 6, 4]);
        Assert.Equal(-15 / Math.Sqrt(10 * 40.8), scores.Values["pearson"], 1e-14);

        // Ranks 5, 4, 1, 3, 2 against 1 to 5: covariance -7, both squares 10.
        Assert.Equal(-0.7, scores.Values["spearman"], 1e-14);
    }

    [Fact]
    public void OutputsThatCannotBeScoredAreRefused()
    {
        folder.With("dev.tsv", "sentence|label", "a|1").With("test.tsv", "index|sentence", "0|a");
        var data = Read("sst2", GlueSplit.Dev);
        Assert.Equal("non-finite-logits", Assert.Throws<RunFailedException>(() => GlueScorer.Score(data, [0, float.NaN])).Code);
        Assert.Throws<ArgumentException>(() => GlueScorer.Score(data, [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => GlueScorer.Score(Read("sst2", GlueSplit.Test), [0, 1]));
    }

    private GlueDataset Read(string task, GlueSplit split) => GlueReader.Read(folder.Path, GlueTasks.Find(task)!, split);
}
