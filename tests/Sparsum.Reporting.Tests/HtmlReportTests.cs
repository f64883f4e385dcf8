using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Sparsum.Reporting.Records;
using Xunit;

namespace Sparsum.Reporting.Tests;

public sealed class HtmlReportTests
{
    [Theory]
    [InlineData("false", "within the noise", "6.28×")]
    [InlineData("true", "6.28×", "within the noise")]
    public void A_ratio_within_the_noise_is_no_speed(string isDifferent, string shown, string hidden)
    {
        var record = RunRecord.Parse($$"""
            {"command": "bench", "items": [{"model": "a", "medianMilliseconds": 9, "ratio": 1, "isDifferent": false}, {"model": "b", "medianMilliseconds": 2, "ratio": 6.28, "isDifferent": {{isDifferent}}}]}
            """);

        string page = HtmlReport.Render([record]);

        Assert.Contains(shown, page, StringComparison.Ordinal);
        Assert.DoesNotContain(hidden, page, StringComparison.Ordinal);
    }

    private static readonly XNamespace Xhtml = "http://www.w3.org/1999/xhtml";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void PageTellsTheStory()
    {
        string html = HtmlReport.Render(Records.Story(), new ReportOptions { Title = "A story", Notes = ["The model was not trained."] });
        var page = Parse(html);
        string text = page.Root!.Value;
        Assert.Contains("The model was not trained.", text, StringComparison.Ordinal);
        Assert.Contains("97.21", text, StringComparison.Ordinal);
        Assert.Contains("1.86×", text, StringComparison.Ordinal);

        var row = page.Descendants(Xhtml + "table").Single(table => table.Element(Xhtml + "caption")!.Value.StartsWith("Perplexity (", StringComparison.Ordinal))
            .Descendants(Xhtml + "tr").First(element => element.Value.StartsWith("sparse70wanda", StringComparison.Ordinal));
        Assert.Equal(["sparse70", "wanda · uniform", "70.0\u00A0%", "402.5"], row.Elements().Select(cell => cell.Value));

        // Two methods and the dense model, whose sparsity no record tells: no point of it, and no line through what nobody measured.
        var plot = page.Descendants(Svg + "svg").First(svg => svg.Element(Svg + "title")!.Value == "Perplexity against sparsity");
        Assert.Empty(plot.Elements(Svg + "polyline"));
        string description = plot.Element(Svg + "desc")!.Value;
        Assert.Equal(
            "wanda · uniform: 50\u00A0% → 128.4, 70\u00A0% → 402.5; magnitude · uniform: 50\u00A0% → 214.9, 70\u00A0% → 2140", description);
        Assert.Contains("logarithmic scale", text, StringComparison.Ordinal);
        var titles = page.Descendants(Svg + "title").Select(title => title.Value);
        Assert.Equal(4, titles.Count(title => title.StartsWith("Sparsity of every layer of", StringComparison.Ordinal)));
    }

    [Fact]
    public void Verdicts_are_shown_with_what_they_did_not_measure()
    {
        const string caption = "Before → now, as each run measured right after itself. Times are medians; below them how many times faster";
        var page = Parse(HtmlReport.Render(Records.Story()));

        Assert.Equal(
            [
                [
                    "judged", "dense", "12.8\u00A0MB → 12.8\u00A0MBcompacted: 5.8\u00A0MB", "41.50 → 22.251.86×1.75× – 1.98×", "3.125 → 3.100within the noise",
                    "200.0\u00A0MB → 150.0\u00A0MB", "97.21 → 402.5perplexity", "in part",
                ],
                ["topics-compact", "models/topics-sparse", "4.0\u00A0MB → 1.0\u00A0MB", "not measured", "not measured", "not measured", "not measured", "yes"],
            ],
            Rows(page, caption));
        string text = page.Root!.Value;
        Assert.Contains("judged: It pays in part: 1.86 times faster. Quality is of what calibration left of test.txt.", text, StringComparison.Ordinal);
        Assert.Contains("topics-compact: It pays: a quarter of the bytes. Not measured, quality: no text is at hand.", text, StringComparison.Ordinal);

        // Alone, the second has nothing to say of times, memory and quality, and no columns for them.
        Assert.Equal([["topics-compact", "models/topics-sparse", "4.0\u00A0MB → 1.0\u00A0MB", "yes"]], Rows(Parse(HtmlReport.Render([Records.Compact()])), caption));
    }

    [Fact]
    public void TrainingTasksCompactionAndTextsAreShown()
    {
        var page = Parse(HtmlReport.Render(Records.Story()));

        Assert.Equal(
            [
                ["topics-dense", "dense", "0.0\u00A0%", "0.0\u00A0%", "4", "–", "87.5\u00A0%"],
                ["topics-sparse", "neuroprune", "70.0\u00A0%", "63.0\u00A0%", "3", "–", "81.3\u00A0%"],
                ["topics-compact", "neuroprune + compact", "70.0\u00A0%", "63.0\u00A0%", "1", "–", "81.3\u00A0%"],
            ],
            Rows(page, "topics: quality"));
        Assert.Equal(
            [["topics-compact", "1\u202F000\u202F000", "400\u202F000", "4.0\u00A0MB", "1.0\u00A0MB"]],
            Rows(page, "Parameters and bytes of the weights before and after"));
        Assert.Equal(
            [["wanda50", "wanda · uniform", "50.0\u00A0%", "Gets the", " <name> & value."]], Rows(page, "What the models wrote"));
        var training = Rows(page, "Runs that trained");
        Assert.Equal(["topics-dense", "dense", "300", "12.50", "200.0", "2.000", "–"], training[0]);
        var curve = page.Descendants(Svg + "svg").First(svg => svg.Element(Svg + "title")!.Value == "Training loss");
        Assert.Equal(2, curve.Elements(Svg + "polyline").Count());
        Assert.All(curve.Elements(Svg + "polyline"), line => Assert.InRange(line.Attribute("points")!.Value.Split(' ').Length, 30, 40));

        // What was compacted has no sparsity by block and is in no drawing of it.
        Assert.DoesNotContain(page.Descendants(Xhtml + "summary"), summary => summary.Value.Contains("topics-compact:", StringComparison.Ordinal));
    }

    [Fact]
    public void PageLoadsAndRunsNothing()
    {
        var page = Parse(HtmlReport.Render(Records.Story()));
        string[] loading = ["script", "link", "img", "iframe", "object", "embed", "image", "use"];
        Assert.DoesNotContain(page.Descendants(), element => loading.Contains(element.Name.LocalName));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName == "src" || (attribute.Name.LocalName == "href" && !attribute.Value.StartsWith('#')));
        Assert.DoesNotContain("url(", page.Descendants(Xhtml + "style").Single().Value, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page.Descendants(Xhtml + "style").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryTableAndDrawingHasAName()
    {
        var page = Parse(HtmlReport.Render(Records.Story()));
        Assert.All(page.Descendants(Xhtml + "table"), table => Assert.NotEmpty(table.Element(Xhtml + "caption")!.Value));
        Assert.All(page.Descendants(Svg + "svg"), svg => Assert.NotEmpty(svg.Elements().First().Value));
        Assert.All(page.Descendants(Xhtml + "th"), cell => Assert.NotNull(cell.Attribute("scope")));
        Assert.Equal("en", page.Root!.Attribute("lang")!.Value);
    }

    [Fact]
    public void TextOfRecordsNeverBecomesMarkup()
    {
        const string Evil = "</style><script>alert('x')</script>&\\u0000\\u0007\\ud800 \\\"";
        var record = RunRecord.Parse($$"""
            {"version": "{{Evil}}", "command": "{{Evil}}", "model": "{{Evil}}", "output": "{{Evil}}", "protocol": "{{Evil}}", "perplexity": 3, "seed": "{{Evil}}",
             "options": {"{{Evil}}": ["{{Evil}}"], "method": "{{Evil}}"}, "started": "{{Evil}}", "dataSha256": "{{Evil}}", "sparsity": 0.5,
             "blocks": [{"layers": [{"name": "{{Evil}}", "sparsity": 0.5}], "sparsity": 0.5}], "items": [{"model": "{{Evil}}", "kind": "{{Evil}}"}]}
            """.Replace("\\ud800", "", StringComparison.Ordinal));
        var options = new ReportOptions { Title = "</title><script>", Subtitle = "<script>", Notes = ["<script>", "\u0000\uD800"] };
        string html = HtmlReport.Render([record], options);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)", html, StringComparison.Ordinal);
        Parse(html);
    }

    [Fact]
    public void BytesDependOnTheRecordsAlone()
    {
        string expected = HtmlReport.Render(Records.Story());
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            comma.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = comma;
            Assert.Equal(expected, HtmlReport.Render(Records.Story()));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void RecordsWithoutResultsStillGiveAPage()
    {
        var page = Parse(HtmlReport.Render([RunRecord.Parse("""{"command": "tokenize"}""")]));
        Assert.Contains("tokenize", page.Root!.Value, StringComparison.Ordinal);
        Parse(HtmlReport.Render([]));
    }

    [Fact]
    public void FileIsUtf8WithoutByteOrderMark()
    {
        string path = Path.Combine(Path.GetTempPath(), $"sparsum-{Guid.NewGuid():N}.html");
        try
        {
            HtmlReport.Write(path, Records.Story());
            byte[] bytes = File.ReadAllBytes(path);
            Assert.Equal((byte)'<', bytes[0]);
            Assert.Equal(HtmlReport.Render(Records.Story()), Encoding.UTF8.GetString(bytes));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static XDocument Parse(string html) => XDocument.Parse(html["<!DOCTYPE html>".Length..]);

    private static List<string[]> Rows(XDocument page, string caption) =>
    [
        .. page.Descendants(Xhtml + "table")
            .Single(table => table.Element(Xhtml + "caption")!.Value == caption)
            .Element(Xhtml + "tbody")!
            .Elements(Xhtml + "tr")
            .Select(row => row.Elements().Select(cell => cell.Value).ToArray()),
    ];
}
