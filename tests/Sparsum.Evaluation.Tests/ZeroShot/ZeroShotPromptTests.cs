using Sparsum.Core;
using Sparsum.Evaluation.Tests.Texts;
using Sparsum.Evaluation.ZeroShot;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.ZeroShot;

public sealed class ZeroShotPromptTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void HellaSwag_is_cleaned_as_the_harness_does()
    {
        var document = Single("hellaswag", "hellaswag_val.jsonl", """
            {"activity_label": "Home", "ctx_a": "[header] How to  do it [title] First", "ctx_b": "someONE", "endings": ["  x [substeps] y", "z"], "label": "1"}
            """);

        // Brackets go before pairs of spaces do, so those that a bracket leaves behind become one.
        Assert.Equal(new("Home: How to do it. First Someone", " x y"), document.Requests[0]);
        Assert.Equal([3, 1], document.Lengths);
        Assert.Equal(1, document.Answer);
    }

    [Fact]
    public void WinoGrande_has_a_context_for_each_name()
    {
        var document = Single("winogrande", "dev.jsonl", """
            {"sentence": "A told B that _ won. ", "option1": "A", "option2": "B", "answer": "2"}
            """);

        Assert.Equal([new("A told B that A", " won."), new("A told B that B", " won.")], document.Requests);
        Assert.Equal(1, document.Answer);
        Assert.Null(document.Lengths);
    }

    [Theory]
    [InlineData("""{"passage": "P", "question": "q", "answer": true}""", 1)]
    [InlineData("""{"passage": "P", "question": "q", "label": 0}""", 0)]
    public void BoolQ_is_read_in_both_layouts(string row, int answer)
    {
        var document = Single("boolq", "dev.jsonl", row);
        Assert.Equal([new("P\nQuestion: q?\nAnswer:", " no"), new("P\nQuestion: q?\nAnswer:", " yes")], document.Requests);
        Assert.Equal(answer, document.Answer);
    }

    [Fact]
    public void Piqa_takes_its_labels_from_the_list_beside_it()
    {
        Directory.CreateDirectory(folder["piqa"]);
        folder.Write("piqa/valid.jsonl", """{"goal": "G", "sol1": "a", "sol2": "bc"}""" + "\n" + """{"goal": "H", "sol1": "a", "sol2": "b"}""")
            .Write("piqa/valid-labels.lst", "1\n0\n");
        var documents = Read("piqa").Documents;
        Assert.Equal(new("Question: G\nAnswer:", " bc"), documents[0].Requests[1]);
        Assert.Equal([1, 0], documents.Select(document => document.Answer));
        Assert.Equal([1, 2], documents[0].Lengths);
    }

    [Fact]
    public void Lambada_asks_for_the_last_word()
    {
        var document = Single("lambada", "test.jsonl", """{"text": "He said he would go home"}""");
        Assert.Equal([new("He said he would go", " home")], document.Requests);
    }

    [Fact]
    public void Arc_is_read_from_the_hubs_Parquet()
    {
        Directory.CreateDirectory(folder["ai2_arc/ARC-Easy"]);
        ParquetSample.WriteArc(
            folder["ai2_arc/ARC-Easy/test-00000-of-00001.parquet"], ["Why?", "How?"], [["x", "y", "z"], ["u", "vé"]], [["A", "B", "C"], ["1", "2"]], ["C", "2"]);

        var documents = Read("arc_easy").Documents;

        Assert.Equal([" x", " y", " z"], documents[0].Requests.Select(request => request.Continuation));
        Assert.Equal("Question: How?\nAnswer:", documents[1].Requests[0].Context);
        Assert.Equal([2, 1], documents.Select(document => document.Answer));
        Assert.Equal([1, 2], documents[1].Lengths);
    }

    [Theory]
    [InlineData("""{"premise": "p", "label": "entailment"}""", "hypothesis")]
    [InlineData("""{"premise": "p", "hypothesis": "h", "label": "perhaps"}""", "entailment or not_entailment")]
    [InlineData("""{"premise": 1, "hypothesis": "h", "label": 0}""", "a string \"premise\"")]
    [InlineData("""{"premise": "p", "hypothesis": "h", "label": -1}""", "label")]
    [InlineData("[1]", "premise")]
    [InlineData("{", "a JSON object of rte")]
    public void A_row_that_lacks_something_is_refused_with_its_line(string row, string expected)
    {
        Directory.CreateDirectory(folder["rte"]);
        folder.Write("rte/val.jsonl", """{"premise": "p", "hypothesis": "h", "label": "entailment", "more": 1}""" + "\n\n" + row + "\n");

        var error = Assert.Throws<InvalidInputException>(() => Read("rte"));

        Assert.Equal("malformed-json-line", error.Code);
        Assert.Contains("Line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_found_one_each()
    {
        Assert.Equal("missing-file", Assert.Throws<InvalidInputException>(() => Read("rte")).Code);
        Directory.CreateDirectory(folder["RTE"]);
        string row = """{"premise": "p", "hypothesis": "h", "label": 0}""";
        folder.Write("RTE/val.jsonl", row);
        Assert.Single(Read("rte").Documents);
        Assert.Single(ZeroShotData.Read(ZeroShotTasks.Find("rte")!, folder["RTE"]).Documents);
        folder.Write("RTE/validation.jsonl", row);
        Assert.Equal("ambiguous-file", Assert.Throws<InvalidInputException>(() => Read("rte")).Code);
    }

    [Theory]
    [InlineData("rte,rte")]
    [InlineData("rte,nothing")]
    [InlineData(",")]
    public void Lists_of_tasks_are_checked(string names) =>
        Assert.Equal("unknown-task", Assert.Throws<InvalidInputException>(() => ZeroShotTasks.Parse(names)).Code);

    private ZeroShotDocument Single(string task, string file, string row)
    {
        Directory.CreateDirectory(folder[task]);
        folder.Write($"{task}/{file}", row + "\n");
        return Assert.Single(Read(task).Documents);
    }

    private ZeroShotData Read(string task) => ZeroShotData.Read(ZeroShotTasks.Find(task)!, folder.Root);
}
