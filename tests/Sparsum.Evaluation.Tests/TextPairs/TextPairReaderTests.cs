using Sparsum.Core;
using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.TextPairs;

public sealed class TextPairReaderTests : IDisposable
{
    private static readonly TextPairTask Summaries = TextPairTask.Summarization();
    private static readonly TextPairTask German = TextPairTask.Translation("de", "en");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Csv_cells_in_quotation_marks_hold_commas_line_ends_and_quotation_marks()
    {
        folder.Write("cnn_train_2.csv", "\uFEFF,id,article,highlights\r\n0,a,\"He said \"\"no\"\", then\nleft.\",Short\r\n\r\n1,b,plain,\"two\nlines\"");

        var set = TextPairReader.Read(folder.Root, Summaries, TextPairSplit.Train);

        Assert.Equal([new TextPair("He said \"no\", then\nleft.", "Short"), new TextPair("plain", "two\nlines")], set.Pairs);
        Assert.Equal([folder["cnn_train_2.csv"]], set.Files);
    }

    [Theory]
    [InlineData("article,highlights\na,b\nc\n", "column-count", 3)]
    [InlineData("article,highlights\na,\"b\nc\n", "malformed-csv", 2)]
    [InlineData("article,highlights\na,\"b\" c\n", "malformed-csv", 2)]
    [InlineData("article,highlights\n\"a\nb\",c\"d\n", "malformed-csv", 3)]
    [InlineData("article,summary\na,b\n", "missing-column", 1)]
    [InlineData("article,highlights\na,b\n\"c\nd\",  \n", "empty-reference", 3)]
    [InlineData("article,highlights\n,b\n", "empty-source", 2)]
    [InlineData("article,highlights\n", "empty-dataset", null)]
    [InlineData("", "empty-dataset", null)]
    public void What_is_wrong_with_a_csv_is_said_with_its_line(string text, string code, int? line)
    {
        folder.Write("val.csv", text);

        var error = Assert.Throws<DatasetException>(() => TextPairReader.Read(folder.Root, Summaries, TextPairSplit.Validation));

        Assert.Equal((code, line, folder["val.csv"]), (error.Code, error.Line, error.File));
    }

    [Fact]
    public void Json_lines_have_two_keys_or_a_translation_with_two()
    {
        folder.Write("train.jsonl", "{\"de\": \"ja\", \"en\": \"yes\"}\n\n{\"translation\": {\"en\": \"no\", \"de\": \"nein\"}}\n");

        Assert.Equal(
            [new TextPair("ja", "yes"), new TextPair("nein", "no")], TextPairReader.Read(folder.Root, German, TextPairSplit.Train).Pairs);
        Assert.Equal(
            [new TextPair("yes", "ja"), new TextPair("no", "nein")],
            TextPairReader.Read(folder["train.jsonl"], TextPairTask.Translation("en", "de"), TextPairSplit.Test).Pairs);
        folder.Write("test.jsonl", "{\"de\": \"ja\", \"en\": \"yes\"}\n{\"de\": \"ja\"}\n");
        var error = Assert.Throws<DatasetException>(() => TextPairReader.Read(folder.Root, German, TextPairSplit.Test));
        Assert.Equal(("missing-column", 2), (error.Code, error.Line));
        folder.Write("test.jsonl", "{\"de\": \"ja\", \"en\": \"yes\"}\nno json\n");
        Assert.Equal("malformed-json-line", Assert.Throws<InvalidInputException>(() => TextPairReader.Read(folder.Root, German, TextPairSplit.Test)).Code);
    }

    [Theory]
    [InlineData("val.de", "val.en")]
    [InlineData("flickr-valid.lc.DE", "flickr-valid.lc.EN")]
    [InlineData("de-dev.txt", "en-dev.txt")]
    public void Aligned_files_are_found_by_split_and_language(string german, string english)
    {
        folder.Write(german, "ja\r\nnein\u2028doch\r\n").Write(english, "yes\nno\n").Write("train.de", "x\n").Write("readme.md", "");

        var set = TextPairReader.Read(folder.Root, German, TextPairSplit.Validation);

        Assert.Equal([new TextPair("ja", "yes"), new TextPair("nein\u2028doch", "no")], set.Pairs);
        Assert.Equal([folder[german], folder[english]], set.Files);
    }

    [Fact]
    public void Files_that_do_not_align_are_named_with_their_lines_and_the_first_that_differs()
    {
        folder.Write("train.de", "ja\n\nnein\nvielleicht\n").Write("train.en", "yes\nno\nmaybe\n");

        var error = Assert.Throws<DatasetException>(() => TextPairReader.Read(folder.Root, German, TextPairSplit.Train));

        Assert.Equal(("misaligned-files", 2, folder["train.de"]), (error.Code, error.Line, error.File));
        Assert.Contains("4 lines", error.Found);
        Assert.Contains("3 in", error.Found);
        Assert.Contains("Line 4", error.Hint);
        folder.Write("train.de", "ja\n\nnein\n");
        error = Assert.Throws<DatasetException>(() => TextPairReader.Read(folder.Root, German, TextPairSplit.Train));
        Assert.Equal(("empty-source", 2), (error.Code, error.Line));
        folder.Write("train.de", "ja\n\nnein\n").Write("train.en", "yes\n \nno\n");
        var set = TextPairReader.Read(folder.Root, German, TextPairSplit.Train);
        Assert.Equal((2, 1), (set.Pairs.Count, set.Empty));
        folder.Write("train.de", "ja\nx\nnein\n").Write("train.en", "yes\nno\n \n");
        error = Assert.Throws<DatasetException>(() => TextPairReader.Read(folder.Root, German, TextPairSplit.Train));
        Assert.Equal(("empty-reference", 3, folder["train.en"]), (error.Code, error.Line, error.File));
    }

    [Fact]
    public void A_folder_without_a_split_or_with_two_of_it_is_refused()
    {
        Assert.Equal("missing-file", Code(Summaries));
        folder.Write("train.de", "x");
        Assert.Equal("missing-file", Code(German));
        folder.Write("train.en", "x").Write("old.train.en", "x");
        Assert.Equal("ambiguous-files", Code(German));
        folder.Write("train.csv", "").Write("train_2.csv", "");
        Assert.Equal("ambiguous-files", Code(Summaries));
        Assert.Equal("missing-file", Assert.Throws<DatasetException>(() => TextPairReader.Read(folder["none"], Summaries, TextPairSplit.Train)).Code);

        string Code(TextPairTask task) => Assert.Throws<DatasetException>(() => TextPairReader.Read(folder.Root, task, TextPairSplit.Train)).Code;
    }

    [Fact]
    public void A_translation_is_between_two_languages_whose_names_are_known_where_they_are_said()
    {
        Assert.Equal("translate German to English: ", German.Instruction());
        Assert.Equal("summarize: ", Summaries.Instruction());
        Assert.Equal("invalid-option", Assert.Throws<InvalidInputException>(() => TextPairTask.Translation("de", "DE")).Code);
        Assert.Equal("prefix", Assert.Throws<InvalidInputException>(() => TextPairTask.Translation("tlh", "en").Instruction()).Option);
    }

    [SharedFact("data")]
    public void Published_files_are_read_whole()
    {
        Assert.Equal(500, TextPairReader.Read(SharedFiles.Path("data", "cnn_dailymail"), Summaries, TextPairSplit.Validation).Pairs.Count);
        Assert.Equal(100, TextPairReader.Read(SharedFiles.Path("data", "cnn_dailymail"), Summaries, TextPairSplit.Train).Pairs.Count);
        Assert.Equal(1014, TextPairReader.Read(SharedFiles.Path("data", "multi30k"), German, TextPairSplit.Validation).Pairs.Count);
        // That file has translations of nothing.
        var error = Assert.Throws<DatasetException>(() => TextPairReader.Read(
            SharedFiles.Path("data", "wmt-ende-10k"), TextPairTask.Translation("src", "tgt"), TextPairSplit.Train));
        Assert.Equal(("empty-source", 5), (error.Code, error.Line));
    }
}
