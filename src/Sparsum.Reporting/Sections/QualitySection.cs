using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>Perplexity by sparsity, one table and plot for each data set and protocol, for other figures cannot be compared.</summary>
internal static class QualitySection
{
    /// <summary>Ratio of largest to smallest perplexity from which the plot is logarithmic.</summary>
    private const double LogarithmicFrom = 10;

    public static Section Section { get; } = new("quality", "Perplexity", catalog => catalog.Records.Any(record => record.HasPerplexity), Write);

    /// <summary>Whether figures differ so much that only a logarithmic axis shows them all.</summary>
    public static bool IsLogarithmic(IReadOnlyCollection<double> values) => values.Count > 0 && values.Min() > 0 && values.Max() / values.Min() > LogarithmicFrom;

    private static void Write(Markup page, ModelCatalog catalog)
    {
        var measured = catalog.Entries.SelectMany(model => model.Qualities.Where(quality => quality.Measure.Name == "perplexity").Select(quality => (Model: model, quality.Measure, quality.Value)));
        foreach (var group in measured.GroupBy(figure => figure.Measure))
        {
            WriteGroup(page, group.Key, [.. group.Select(figure => (figure.Model, figure.Value))]);
        }
    }

    private static void WriteGroup(Markup page, QualityMeasure measure, List<(ModelEntry Model, double Value)> figures)
    {
        page.Table(
            $"Perplexity ({measure.Detail}); lower is better",
            ["Model", Tables.Method, "#Sparsity", "#Perplexity"],
            figures.Select(figure => new[]
            {
                figure.Model.Name,
                figure.Model.Method,
                figure.Model.Sparsity is null ? Figures.NotMeasured : Figures.Percent(figure.Model.Sparsity),
                measure.Format(figure.Value),
            }));
        var points = figures.Where(figure => double.IsFinite(figure.Value) && figure.Model.Sparsity is not null).ToList();
        if (points.Count < 2)
        {
            return;
        }

        var chart = new LineChart
        {
            Title = "Perplexity against sparsity",
            Series = [.. points.GroupBy(figure => figure.Model.Method.Length > 0 ? figure.Model.Method : "not recorded")
                .Select(method => new ChartSeries(method.Key, [.. method.Select(figure => new ChartPoint(figure.Model.Sparsity!.Value, figure.Value, figure.Model.Name))]))],
            XLabel = "sparsity of the matrices",
            YLabel = "perplexity",
            IsXShare = true,
            IsCourse = false,
            IsLogarithmic = IsLogarithmic([.. points.Select(figure => figure.Value)]),
        };
        page.Figure($"Perplexity against sparsity ({measure.Detail}){(chart.IsLogarithmic ? "; logarithmic scale" : "")}", chart.ToSvg());
    }
}
