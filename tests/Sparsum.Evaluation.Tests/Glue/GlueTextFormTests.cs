using Sparsum.Evaluation.Glue;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

/// <summary>The text form of the tasks, as T5 was trained on it.</summary>
public class GlueTextFormTests
{
    [Theory]
    [InlineData("cola", null, "cola sentence: A", "acceptable")]
    [InlineData("sst2", null, "sst2 sentence: A", "positive")]
    [InlineData("mrpc", "B", "mrpc sentence1: A sentence2: B", "equivalent")]
    [InlineData("qqp", "B", "qqp question1: A question2: B", "duplicate")]
    [InlineData("mnli", "B", "mnli hypothesis: B premise: A", "neutral")]
    [InlineData("qnli", "B", "qnli question: A sentence: B", "not_entailment")]
    [InlineData("rte", "B", "rte sentence1: A sentence2: B", "not_entailment")]
    [InlineData("wnli", "B", "wnli sentence1: A sentence2: B", "entailment")]
    public void Sources_and_targets_are_in_words(string name, string? second, string source, string target)
    {
        var task = GlueTasks.Find(name)!;
        var example = new GlueExample("A", second, 1, null);

        Assert.Equal(source, GlueTextForm.Source(task, example));
        Assert.Equal(target, GlueTextForm.Target(task, example));
    }

    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(3.75, "3.8")]
    [InlineData(2.5, "2.4")]
    [InlineData(5, "5.0")]
    [InlineData(1.35, "1.4")]
    public void Scores_are_rounded_to_a_fifth(double score, string expected)
    {
        var task = GlueTasks.Find("stsb")!;

        Assert.Equal(expected, GlueTextForm.Target(task, new GlueExample("A", "B", null, score)));
        Assert.Equal("stsb sentence1: A sentence2: B", GlueTextForm.Source(task, new GlueExample("A", "B", null, score)));
    }

    [Fact]
    public void A_text_that_is_no_answer_counts_as_wrong_and_is_counted()
    {
        using var folder = new GlueFolder();
        folder.With("dev.tsv", "sentence|label", "a|1", "b|0", "c|1", "d|0");
        var sst2 = GlueReader.Read(folder.Path, GlueTasks.Find("sst2")!, GlueSplit.Dev);

        var (scores, unknown) = GlueTextForm.Score(sst2, ["positive", " negative ", "good", ""]);

        Assert.Equal((0.5, 2), (scores.Values["accuracy"], unknown));
        Assert.Equal(1, GlueTextForm.Score(sst2, ["positive", "negative", "positive", "negative"]).Scores.Combined);
    }
}
