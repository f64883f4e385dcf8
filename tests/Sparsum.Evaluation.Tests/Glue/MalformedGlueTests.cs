using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Glue;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

/// <summary>A file that breaks the layout is an error that says where and how.</summary>
public sealed class MalformedGlueTests : IDisposable
{
    private readonly GlueFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void MissingFileNamesWhatWasLookedFor()
    {
        var error = Refuses("rte", "missing-file");
        Assert.Contains(Path.Combine(folder.Path, "RTE", "dev.tsv"), error.Expected);
        Assert.Contains(Path.Combine(folder.Path, "dev.tsv"), error.Expected);
        Assert.Contains("MNLI", Refuses("mnli", "missing-file").Hint);
    }

    [Theory]
    [InlineData(2, "0|only one|entailment", "3 columns")]
    [InlineData(2, "0|a|b|c|entailment", "5 columns")]
    [InlineData(3, "0|a|b|entailment\n0", "1 columns")]
    public void WrongNumberOfColumns(int line, string rows, string found)
    {
        folder.With("dev.tsv", ["index|sentence1|sentence2|label", .. rows.Split('\n')]);
        var error = Refuses("rte", "column-count", line);
        Assert.Equal((found, "4 columns"), (error.Found, error.Expected));
    }

    [Fact]
    public void FilesOfAnotherTask()
    {
        folder.With("dev.tsv", "sentence|label", "fine|1");
        Assert.Equal("at least 4 columns", Refuses("rte", "column-count", 1).Expected);
        Assert.Equal("at least 10 columns", Refuses("stsb", "column-count", 1).Expected);
        Assert.Equal("4 columns", Refuses("cola", "column-count", 1).Expected);
    }

    [Theory]
    [InlineData("rte", "maybe", "entailment, not_entailment")]
    [InlineData("rte", "1", "entailment, not_entailment")]
    [InlineData("wnli", "entailment", "0 (not_entailment), 1 (entailment)")]
    [InlineData("wnli", "2", "0 (not_entailment), 1 (entailment)")]
    [InlineData("wnli", "", "0 (not_entailment), 1 (entailment)")]
    public void UnknownLabelNamesTheKnownOnes(string task, string label, string known)
    {
        folder.With("dev.tsv", "index|sentence1|sentence2|label", $"0|a|b|{label}");
        var error = Refuses(task, "unknown-label", 2);
        Assert.Equal((label, known), (error.Found, error.Expected));
    }

    [Theory]
    [InlineData("5.1")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("four")]
    [InlineData("3,5")]
    public void ScoresOutOfRange(string score)
    {
        folder.With("dev.tsv", "i|g|f|y|o|s|s|a|b|score", $"0|g|f|y|o|s|s|a|b|{score}");
        Assert.Equal("a number from 0 to 5", Refuses("stsb", "unknown-label", 2).Expected);
    }

    [Fact]
    public void HeaderThatIsMissingOrTooMuch()
    {
        folder.With("SST-2/dev.tsv", "good|1", "bad|0").With("CoLA/dev.tsv", "source|label|mark|sentence", "gj04|1||Fine.");
        Refuses("sst2", "missing-header", 1);
        Assert.Contains("no header", Refuses("cola", "unknown-label", 1).Hint);
    }

    [Theory]
    [InlineData]
    [InlineData("sentence|label")]
    public void NoExamples(params string[] lines)
    {
        folder.With("dev.tsv", lines);
        Refuses("sst2", "empty-dataset");
    }

    [Fact]
    public void BytesThatAreNoUtf8()
    {
        folder.WithBytes("dev.tsv", [.. "sentence\tlabel\nfine\t1\ncaf"u8, 0xE9, .. "\t1\n"u8]);
        Refuses("sst2", "invalid-utf8", 3);
    }

    private DatasetException Refuses(string task, string code, int? line = null)
    {
        var error = Assert.Throws<DatasetException>(() => GlueReader.Read(folder.Path, GlueTasks.Find(task)!, GlueSplit.Dev));
        Assert.Equal((code, line), (error.Code, error.Line));
        Assert.NotNull(error.File);
        Assert.NotNull(error.Hint);
        if (line is not null)
        {
            Assert.Contains($"Line {line} ", error.Message);
        }

        return error;
    }
}
