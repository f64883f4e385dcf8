using System.Globalization;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>Accuracy on zero-shot tasks, a row for each task and model, so that no two kinds of documents share a figure.</summary>
internal static class ZeroShotSection
{
    public static Section Section { get; } = new("zero-shot", "Zero-shot", catalog => catalog.Records.Any(record => record.ZeroShot.Count > 0), Write);

    private static void Write(Markup page, ModelCatalog catalog) => page.Table(
        "Accuracy with its standard error; normed: likelihoods by length",
        ["Model", Tables.Method, "Task", "#Documents", "#Accuracy", "#Normed accuracy"],
        catalog.Records.SelectMany(record => record.ZeroShot.Select(task => new[]
        {
            catalog.NameOf(record),
            catalog.Of(record)?.Method ?? "",
            task.Task,
            Figures.Count(task.Examples),
            WithError(task.Accuracy, task.AccuracyError),
            WithError(task.NormedAccuracy, task.NormedAccuracyError),
        })));

    private static string WithError(double? share, double? error) =>
        error is { } known ? $"{Figures.Percent(share)} ± {(100 * known).ToString("0.0", CultureInfo.InvariantCulture)}" : Figures.Percent(share);
}
