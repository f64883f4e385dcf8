using Sparsum.Evaluation.Glue;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

public sealed class GlueTasksTests
{
    [Fact]
    public void ThereAreNineTasksWithTheirMetrics()
    {
        string[] expected =
        [
            "cola: matthews", "sst2: accuracy", "mrpc: accuracy f1", "stsb: pearson spearman", "qqp: accuracy f1", "mnli: accuracy",
            "qnli: accuracy", "rte: accuracy", "wnli: accuracy",
        ];
        Assert.Equal(expected, GlueTasks.All.Select(task => $"{task.Name}: {string.Join(' ', task.Metrics)}"));
    }

    [Fact]
    public void RecipesAreTheDocumentedOnes()
    {
        Assert.Equal(["mrpc", "wnli"], GlueTasks.All.Where(task => task.Recipe.Epochs == 5).Select(task => task.Name));
        Assert.All(GlueTasks.All.Where(task => task.Recipe.Epochs != 5), task => Assert.Equal(new GlueRecipe(), task.Recipe));
        Assert.Equal(new GlueRecipe { Epochs = 3, LearningRate = 2e-5, BatchSize = 32, MaxLength = 128 }, new GlueRecipe());
    }

    [Theory]
    [InlineData("SST-2", "sst2")]
    [InlineData("STS-B", "stsb")]
    [InlineData("MNLI", "mnli")]
    [InlineData("boolq", null)]
    public void TasksAreFoundByEitherName(string name, string? found) => Assert.Equal(found, GlueTasks.Find(name)?.Name);

    [Fact]
    public void FoldersAreFoundByTheirNames() => Assert.All(GlueTasks.All, task => Assert.Same(task, GlueTasks.Find(task.Folder)));

    [Fact]
    public void OnlyMnliHasMismatchedSplits()
    {
        Assert.Equal([GlueSplit.Dev, GlueSplit.DevMismatched], GlueTasks.Find("mnli")!.EvaluationSplits);
        Assert.Equal([GlueSplit.Dev], GlueTasks.Find("rte")!.EvaluationSplits);
        Assert.Throws<ArgumentException>(() => GlueTasks.Find("rte")!.FileName(GlueSplit.DevMismatched));
    }
}
