using System.Text;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;
using Sparsum.Reporting.Sections;

namespace Sparsum.Reporting;

/// <summary>
/// Renders run records as one self-contained HTML page: styles and drawings are inside, nothing is loaded and no script runs. The same
/// records and options give the same bytes.
/// </summary>
public static class HtmlReport
{
    /// <summary>Renders the page.</summary>
    public static string Render(IReadOnlyList<RunRecord> records, ReportOptions? options = null)
    {
        options ??= new ReportOptions();
        var content = new ReportContent(records);
        var page = new Markup();
        page.Raw("<!DOCTYPE html>\n").Open("html", ("lang", "en"), ("xmlns", "http://www.w3.org/1999/xhtml")).Line();
        WriteHead(page, options);
        page.Open("body").Line();
        WriteHeader(page, options);
        page.Open("main").Line();
        SummarySection.Write(page, content);
        TrainingSection.Write(page, content);
        TaskSection.Write(page, content);
        QualitySection.Write(page, content);
        SparsitySection.Write(page, content);
        TopologySection.Write(page, content);
        CompactionSection.Write(page, content);
        SpeedSection.Write(page, content);
        TextSection.Write(page, content);
        RunsSection.Write(page, content);
        page.Close().Line();
        var versions = records.Select(record => record.Version).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        page.Element("footer", $"Made by Sparsum {string.Join(", ", versions)}".TrimEnd()).Line();
        return page.Close().Close().Line().ToString();
    }

    /// <summary>Renders the page into a file, replacing it; UTF-8 without a byte order mark.</summary>
    public static void Write(string path, IReadOnlyList<RunRecord> records, ReportOptions? options = null) =>
        File.WriteAllText(path, Render(records, options), new UTF8Encoding(false));

    private static void WriteHead(Markup page, ReportOptions options)
    {
        page.Open("head").Void("meta", ("charset", "utf-8")).Line();
        page.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
        page.Void("meta", ("name", "color-scheme"), ("content", "light dark")).Line();

        // Should anything in a record ever pass for markup, the browser still loads and runs nothing.
        page.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'")).Line();
        page.Element("title", options.Title).Line().Open("style").Raw(Style()).Close().Line().Close().Line();
    }

    private static void WriteHeader(Markup page, ReportOptions options)
    {
        page.Open("header").Element("h1", options.Title);
        if (options.Subtitle is not null)
        {
            page.Element("p", options.Subtitle, ("class", "subtitle"));
        }

        foreach (string note in options.Notes)
        {
            page.Element("p", note, ("class", "note"), ("role", "note"));
        }

        page.Close().Line();
    }

    private static string Style()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
