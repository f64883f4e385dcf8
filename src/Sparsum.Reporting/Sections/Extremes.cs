using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>The best and the worst of the models side by side, so that neither hides the other.</summary>
internal static class Extremes
{
    public static void Write(Markup page, ModelFamily family)
    {
        var cards = new List<(string Label, List<(double Value, string Text, string Name)> Figures, bool IsLessBetter)>();
        if (family.Measures is [var measure, ..])
        {
            cards.Add((
                measure.Name,
                [.. family.Models.SelectMany(model => OverviewSection.Values(model, measure).Select(value =>
                    (double.IsFinite(value) ? value : measure.IsLessBetter ? double.PositiveInfinity : double.NegativeInfinity, measure.Format(value), model.Name)))],
                measure.IsLessBetter));
        }

        cards.Add(("weights", [.. family.Sizes.Select(size => ((double)size.Bytes, Figures.Bytes(size.Bytes), size.Model.Name))], true));
        foreach (var setting in family.Settings)
        {
            string suffix = family.Settings.Count == 1 ? "" : $" ({setting.Short})";
            cards.Add(($"prefill against the baseline{suffix}", Speeds(family, setting, item => item.Prefill), false));
            cards.Add(($"decode against the baseline{suffix}", Speeds(family, setting, item => item.Decode), false));
            cards.Add(($"peak memory{suffix}", Memory(family, setting), true));
        }

        cards.RemoveAll(card => card.Figures.Count < 2);
        if (cards.Count == 0)
        {
            return;
        }

        page.Open("dl", ("class", "cards"));
        foreach (var (label, figures, isLessBetter) in cards)
        {
            var ordered = figures.OrderBy(figure => isLessBetter ? figure.Value : -figure.Value).ToList();
            page.Open("div", ("class", "card")).Element("dt", char.ToUpperInvariant(label[0]) + label[1..]);
            Write(page, "best", ordered[0]);
            Write(page, "worst", ordered[^1]);
            page.Close().Line();
        }

        page.Close().Line();
    }

    private static void Write(Markup page, string rank, (double Value, string Text, string Name) figure) =>
        page.Open("dd", ("class", rank)).Element("span", $"{rank} ", ("class", "rank")).Element("span", figure.Text, ("class", "value"))
            .Element("span", $" {figure.Name}", ("class", "detail")).Close();

    private static List<(double, string, string)> Speeds(ModelFamily family, BenchSetting setting, Func<BenchmarkRecord, TimesRecord?> kind) =>
    [
        .. Items(family, setting)
            .Where(entry => !OverviewSection.IsBaseline(entry.Run, entry.Item) && kind(entry.Item)?.Ratio is not null)
            .Select(entry => (Ratios.Rank(kind(entry.Item)!), Ratios.Format(kind(entry.Item)), entry.Name)),
    ];

    private static List<(double, string, string)> Memory(ModelFamily family, BenchSetting setting) =>
        [.. Items(family, setting).Where(entry => entry.Item.PeakBytes is not null).Select(entry => ((double)entry.Item.PeakBytes!.Value, Figures.Bytes(entry.Item.PeakBytes), entry.Name))];

    private static IEnumerable<(RunRecord Run, BenchmarkRecord Item, string Name)> Items(ModelFamily family, BenchSetting setting) =>
        family.Models.SelectMany(model => model.Benchmarks.Where(entry => BenchSetting.Of(entry.Run) == setting).Select(entry => (entry.Run, entry.Item, model.Name)));
}
