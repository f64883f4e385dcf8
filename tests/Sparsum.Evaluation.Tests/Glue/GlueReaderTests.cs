using System.Text;
using Sparsum.Evaluation.Glue;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

/// <summary>The layout of each task as it is published, in a line or two.</summary>
public sealed class GlueReaderTests : IDisposable
{
    private readonly GlueFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ColaHasNoHeaderBeforeItsTest()
    {
        folder.With("train.tsv", "gj04|1||A sentence.", "gj04|0|*|Sentence a.").With("test.tsv", "index|sentence", "0|Which one?");
        Reads("cola", GlueSplit.Train, ("A sentence.", null, 1), ("Sentence a.", null, 0));
        Reads("cola", GlueSplit.Test, ("Which one?", null, null));
    }

    [Fact]
    public void Sst2KeepsItsSpaces()
    {
        folder.With("dev.tsv", "sentence|label", "a charm . |1", "no \"charm|0").With("test.tsv", "index|sentence", "0|so so");
        Reads("sst2", GlueSplit.Dev, ("a charm . ", null, 1), ("no \"charm", null, 0));
        Reads("sst2", GlueSplit.Test, ("so so", null, null));
    }

    [Fact]
    public void MrpcHasItsLabelInFront()
    {
        folder.With("train.tsv", "\uFEFFQuality|#1 ID|#2 ID|#1 String|#2 String", "1|7|8|He said \"x|He said y\"", "0|7|9|a|b")
            .With("test.tsv", "index|#1 ID|#2 ID|#1 String|#2 String", "0|1|2|c|d");
        Reads("mrpc", GlueSplit.Train, ("He said \"x", "He said y\"", 1), ("a", "b", 0));
        Reads("mrpc", GlueSplit.Test, ("c", "d", null));
    }

    [Fact]
    public void StsbHasScores()
    {
        folder.With(
            "dev.tsv",
            "index|genre|filename|year|old_index|source1|source2|sentence1|sentence2|score",
            "0|captions|MSRvid|2012|1|none|none|A plane.|A train.|3.800",
            "1|captions|MSRvid|2012|1|none|none|A bird.|A bird.|5");
        folder.With(
            "test.tsv",
            "index|genre|filename|year|old_index|source1|source2|sentence1|sentence2",
            "0|captions|MSRvid|2012|1|none|none|One.|Two.");

        var examples = Read("stsb", GlueSplit.Dev).Examples;

        Assert.Equal([new("A plane.", "A train.", null, 3.8), new("A bird.", "A bird.", null, 5)], examples);
        Assert.Equal([new("One.", "Two.", null, null)], Read("stsb", GlueSplit.Test).Examples);
    }

    [Fact]
    public void QqpSkipsAndCountsShortRows()
    {
        folder.With(
            "train.tsv", "id|qid1|qid2|question1|question2|is_duplicate", "1|2|3|Who?|When?|0", "broken", "4|5|6|half", "7|8|9|Why?|Why so?|1");
        folder.With("test.tsv", "id|question1|question2", "0|What?|Where?", "1|alone");
        Reads("qqp", GlueSplit.Train, ("Who?", "When?", 0), ("Why?", "Why so?", 1));
        Assert.Equal(2, Read("qqp", GlueSplit.Train).SkippedRows);
        Reads("qqp", GlueSplit.Test, ("What?", "Where?", null));
        Assert.Equal(1, Read("qqp", GlueSplit.Test).SkippedRows);
    }

    [Fact]
    public void MnliHasItsLabelLastAndTwoSplitsToMeasureOn()
    {
        const string Head = "index|promptID|pairID|genre|s1b|s2b|s1p|s2p|sentence1|sentence2";
        folder.With("train.tsv", Head + "|label1|gold_label", "0|1|2|fiction|b|b|p|p|It rains.|It is wet.|neutral|entailment")
            .With("dev_matched.tsv", Head + "|label1|label2|label3|label4|label5|gold_label", "0|1|2|g|b|b|p|p|m1|m2|a|a|a|a|a|neutral")
            .With("dev_mismatched.tsv", Head + "|label1|label2|label3|label4|label5|gold_label", "0|1|2|g|b|b|p|p|n1|n2|a|a|a|a|a|contradiction")
            .With("test_matched.tsv", Head, "0|1|2|g|b|b|p|p|t1|t2")
            .With("test_mismatched.tsv", Head, "0|1|2|g|b|b|p|p|u1|u2");
        Reads("mnli", GlueSplit.Train, ("It rains.", "It is wet.", 0));
        Reads("mnli", GlueSplit.Dev, ("m1", "m2", 1));
        Reads("mnli", GlueSplit.DevMismatched, ("n1", "n2", 2));
        Reads("mnli", GlueSplit.Test, ("t1", "t2", null));
        Reads("mnli", GlueSplit.TestMismatched, ("u1", "u2", null));
    }

    [Theory]
    [InlineData("qnli", "index|question|sentence|label", "not_entailment", 1)]
    [InlineData("rte", "index|sentence1|sentence2|label", "entailment", 0)]
    [InlineData("wnli", "index|sentence1|sentence2|label", "1", 1)]
    public void PairsOfOneLayout(string task, string header, string cell, int label)
    {
        folder.With("dev.tsv", header, $"0|first|second|{cell}").With("test.tsv", "index|a|b", "0|third|fourth");
        Reads(task, GlueSplit.Dev, ("first", "second", label));
        Reads(task, GlueSplit.Test, ("third", "fourth", null));
    }

    [Theory]
    [InlineData("SST-2/dev.tsv")]
    [InlineData("dev.tsv")]
    public void TheFolderIsThatOfTheTaskOrOfAllTasks(string name)
    {
        folder.With(name, "sentence|label", "x|1");
        Assert.Equal(Path.Combine(folder.Path, Path.Combine(name.Split('/'))), Read("SST-2", GlueSplit.Dev).Path);
    }

    [Fact]
    public void ByteOrderMarkCarriageReturnsAndEmptyLinesAreNoText()
    {
        folder.WithBytes("train.tsv", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("gj04\t1\t\tÉté\r\n\r\nx\t0\t\tno\u2028break")]);
        var examples = Read("cola", GlueSplit.Train).Examples;
        Assert.Equal([new("Été", null, 1, null), new("no\u2028break", null, 0, null)], examples);
    }

    private GlueDataset Read(string task, GlueSplit split) => GlueReader.Read(folder.Path, GlueTasks.Find(task)!, split);

    private void Reads(string task, GlueSplit split, params (string TextA, string? TextB, int? Label)[] expected) =>
        Assert.Equal(expected.Select(row => new GlueExample(row.TextA, row.TextB, row.Label, null)), Read(task, split).Examples);
}
