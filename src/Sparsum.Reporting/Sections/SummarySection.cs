using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Sections;

/// <summary>The few figures that a reader looks for first.</summary>
internal static class SummarySection
{
    /// <summary>What stands in the place of a ratio that is within the noise.</summary>
    public const string NotMeasurable = "none measurable";

    public static void Write(Markup page, ReportContent content)
    {
        var cards = new List<(string Label, string Value, string Detail)>();
        AddSparsity(cards, content);
        AddTask(cards, content);
        AddPerplexity(cards, content);
        AddSpeed(cards, content);
        AddMemory(cards, content);
        if (cards.Count == 0)
        {
            return;
        }

        page.Open("dl", ("class", "cards"));
        foreach (var (label, value, detail) in cards)
        {
            page.Open("div", ("class", "card")).Element("dt", label).Element("dd", value, ("class", "value"));
            page.Element("dd", detail, ("class", "detail")).Close().Line();
        }

        page.Close().Line();
    }

    private static void AddSparsity(List<(string, string, string)> cards, ReportContent content)
    {
        var values = content.Records.Where(record => record.Command is "prune" or "train" && record.Sparsity is > 0).Select(record => record.Sparsity).OfType<double>().ToList();
        if (values.Count > 0)
        {
            string value = Range(values.Min(), values.Max(), share => Figures.Percent(share));
            cards.Add(("Sparsity reached", value, $"{values.Count} {(values.Count == 1 ? "run" : "runs")}, zeros counted"));
        }
    }

    private static void AddTask(List<(string, string, string)> cards, ReportContent content)
    {
        // As with perplexities, only the figures of one task can be put side by side.
        var records = content.Tasks.Where(record => record.Task == content.Tasks[0].Task).ToList();
        if (records.Count == 0)
        {
            return;
        }

        string metric = records[0].Metrics[0].Name;
        var values = records.Select(record => record.Metrics.FirstOrDefault(entry => entry.Name == metric).Value).Where(value => value > 0).ToList();
        if (values.Count > 0)
        {
            string value = Range(values.Min(), values.Max(), share => Figures.Percent(share));
            cards.Add(($"{char.ToUpperInvariant(metric[0])}{metric[1..]}", value, $"{records[0].Task}, {records.Count} models"));
        }
    }

    private static void AddPerplexity(List<(string, string, string)> cards, ReportContent content)
    {
        // Figures of different data or protocols are not to be put side by side, so only the first such group is.
        if (QualitySection.Groups(content).FirstOrDefault() is not { } group)
        {
            return;
        }

        var dense = group.FirstOrDefault(record => content.SparsityOf(record.Model) == 0)?.Perplexity;
        var sparse = group.Where(record => content.SparsityOf(record.Model) is > 0)
            .Select(record => record.Perplexity)
            .OfType<double>()
            .ToList();
        if (dense is not null)
        {
            string detail = sparse.Count == 0 ? "dense" : $"dense; sparse {Range(sparse.Min(), sparse.Max(), x => Figures.Number(x))}";
            cards.Add(("Perplexity", Figures.Number(dense), $"{detail} ({group.First().Protocol})"));
        }
    }

    private static void AddSpeed(List<(string, string, string)> cards, ReportContent content)
    {
        var timed = content.Benchmarks.SelectMany(record => record.Items.Skip(1)).Where(item => item.Ratio is not null).ToList();
        var best = timed.Where(item => item.IsDifferent != false).MaxBy(item => item.Ratio);
        if (best is null && timed.Count > 0)
        {
            cards.Add(("Speed against baseline", NotMeasurable, "no model differs by more than the noise"));
        }
        else if (best is not null)
        {
            string detail = $"{ReportContent.ShortName(best.Model)}, the best of the models timed";
            cards.Add(("Speed against baseline", Figures.Ratio(best.Ratio), detail));
        }
    }

    private static void AddMemory(List<(string, string, string)> cards, ReportContent content)
    {
        var most = content.Records.Where(record => record.PeakBytes is not null).MaxBy(record => record.PeakBytes);
        if (most is not null)
        {
            cards.Add(("Peak memory", Figures.Bytes(most.PeakBytes), $"the most that any run took ({most.Command})"));
        }
    }

    private static string Range(double low, double high, Func<double, string> format) =>
        format(low) == format(high) ? format(low) : $"{format(low)} – {format(high)}";
}
