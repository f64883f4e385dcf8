using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>What runs measured of their outputs right after themselves: before and now, and whether it pays.</summary>
internal static class VerdictSection
{
    public static Section Section { get; } = new("verdicts", "What it brought", catalog => catalog.Records.Any(record => record.Verdict is not null), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        var judged = catalog.Records.Where(record => record.Verdict is not null).Select(record => (Name: catalog.NameOf(record), Verdict: record.Verdict!)).ToList();

        // A column that no verdict fills says nothing.
        (string Title, Func<VerdictRecord, Cell> Of)[] columns =
        [
            .. new (string, Func<VerdictRecord, Cell>)[]
            {
                ("#Weights", verdict => Change(Figures.Bytes, verdict.BytesBefore, verdict.BytesNow, verdict.BytesCompacted is { } bytes ? $"compacted: {Figures.Bytes(bytes)}" : "")),
                ("#Prefill, ms", verdict => Times(verdict.PrefillMillisecondsBefore, verdict.Prefill)),
                ("#Decode, ms", verdict => Times(verdict.DecodeMillisecondsBefore, verdict.Decode)),
                ("#Peak memory", verdict => Change(Figures.Bytes, verdict.PeakBytesBefore, verdict.PeakBytesNow)),
                ("#Quality", Quality),
            }.Where(column => judged.Exists(entry => column.Item2(entry.Verdict) != Cell.NotMeasured)),
        ];
        page.Table(
            "Before → now, as each run measured right after itself. Times are medians; below them how many times faster",
            ["Model", "Compared with", .. columns.Select(column => column.Title), "Pays"],
            judged.Select(entry => (IReadOnlyList<Cell>)
                [entry.Name, entry.Verdict.Before ?? "not recorded", .. columns.Select(column => column.Of(entry.Verdict)), Word(entry.Verdict.Pays)]));
        page.Open("ul").Line();
        foreach (var (name, verdict) in judged)
        {
            var words = new[] { verdict.Sentence, verdict.QualityData is { Length: > 0 } data && verdict.QualityNow is not null ? $"Quality is of {data}." : null }
                .Concat(verdict.NotMeasured.Select(missing => $"Not measured, {missing.What}: {missing.Why}."))
                .OfType<string>()
                .ToList();
            if (words.Count > 0)
            {
                page.Open("li").Element("strong", $"{name}: ").Text(string.Join(' ', words)).Close().Line();
            }
        }

        page.Close().Line();
    }

    private static Cell Times(double? before, TimesRecord? now) => now?.MedianMilliseconds is null
        ? Cell.NotMeasured
        : Change(value => Figures.Number(value), before, now.MedianMilliseconds, Ratios.Format(now), Ratios.IsTold(now) ? Ratios.Interval(now) : "");

    private static Cell Quality(VerdictRecord verdict) =>
        Change(value => Figures.Number(value), verdict.QualityBefore, verdict.QualityNow, verdict.Metric ?? "", verdict.IsQualityDifferent == false ? Ratios.NotMeasurable : "");

    private static Cell Change<T>(Func<T?, string> format, T? before, T? now, params string[] notes)
        where T : struct =>
        now is null ? Cell.NotMeasured : new Cell(before is null ? format(now) : $"{format(before)} → {format(now)}", notes);

    private static string Word(string? pays) => pays switch
    {
        "yes" => "yes",
        "inPart" => "in part",
        "notYet" => "not yet",
        "no" => "no",
        _ => "not recorded",
    };
}
