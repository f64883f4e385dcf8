using Sparsum.Core;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
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
        var catalog = new ModelCatalog(records);
        var sections = Section.All.Where(section => section.IsWanted(catalog)).ToList();
        var page = new Markup();
        page.Raw("<!DOCTYPE html>\n").Open("html", ("lang", "en"), ("xmlns", "http://www.w3.org/1999/xhtml")).Line();
        WriteHead(page, options);
        page.Open("body").Line();
        WriteHeader(page, options, [.. options.Notes, .. catalog.Remarks]);
        WriteContents(page, sections);
        page.Open("main").Line();
        foreach (var section in sections)
        {
            section.Write(page, catalog);
        }

        page.Close().Line();
        var versions = records.Select(record => record.Version).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        page.Element("footer", $"Made by Sparsum {string.Join(", ", versions)}".TrimEnd()).Line();
        return page.Close().Close().Line().ToString();
    }

    /// <summary>Renders the page into a file, replacing it whole or not at all; UTF-8 without a byte order mark.</summary>
    /// <exception cref="RunFailedException">It could not be written.</exception>
    public static void Write(string path, IReadOnlyList<RunRecord> records, ReportOptions? options = null) =>
        AtomicFile.WriteAllText(path, Render(records, options));

    /// <summary>What a page of the records would be about.</summary>
    public static ReportSummary Summarize(IReadOnlyList<RunRecord> records)
    {
        var catalog = new ModelCatalog(records);
        return new ReportSummary([.. catalog.Entries.Where(entry => entry.IsMeasured).Select(entry => entry.Name)], catalog.Remarks);
    }

    private static void WriteHead(Markup page, ReportOptions options)
    {
        page.Open("head").Void("meta", ("charset", "utf-8")).Line();
        page.Void("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line();
        page.Void("meta", ("name", "color-scheme"), ("content", "light dark")).Line();

        // Should anything in a record ever pass for markup, the browser still loads and runs nothing.
        page.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'")).Line();
        page.Element("title", options.Title).Line().Open("style").Raw(Style()).Close().Line().Close().Line();
    }

    private static void WriteHeader(Markup page, ReportOptions options, IReadOnlyList<string> notes)
    {
        page.Open("header").Element("h1", options.Title);
        if (options.Subtitle is not null)
        {
            page.Element("p", options.Subtitle, ("class", "subtitle"));
        }

        foreach (string note in notes)
        {
            page.Element("p", note, ("class", "note"), ("role", "note"));
        }

        page.Close().Line();
    }

    private static void WriteContents(Markup page, List<Section> sections)
    {
        page.Open("nav", ("aria-label", "Contents")).Open("ul").Line();
        foreach (var section in sections)
        {
            page.Open("li").Element("a", section.Title, ("href", $"#{section.Id}")).Close().Line();
        }

        page.Close().Close().Line();
    }

    private static string Style()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>What a page of records is about.</summary>
/// <param name="Models">Names of the models that have a row, in its order.</param>
/// <param name="Remarks">Records that could not be joined with a model, and why; the page says so too.</param>
public sealed record ReportSummary(IReadOnlyList<string> Models, IReadOnlyList<string> Remarks);
