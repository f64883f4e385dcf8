using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Models;

/// <summary>What a figure of quality is of. Figures of different measures are never put in one column or drawing.</summary>
/// <param name="Name">What is measured, e.g. <c>perplexity</c>.</param>
/// <param name="Detail">On what and how, e.g. protocol, window and data.</param>
internal sealed record QualityMeasure(string Name, string Detail)
{
    private static readonly HashSet<string> LessIsBetter = ["perplexity", "validation perplexity", "loss", "ter", "unknownShare"];
    private static readonly string[] Plain = ["perplexity", "rouge", "bleu", "chrf", "ter", "loss"];

    /// <summary>Whether smaller figures are better.</summary>
    public bool IsLessBetter => LessIsBetter.Contains(Name);

    /// <summary>Whether figures are shares of one, to be written as percentages.</summary>
    public bool IsShare => !Plain.Any(word => Name.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>A figure as text.</summary>
    public string Format(double? value) => value switch
    {
        null => Figures.NotMeasured,
        { } x when !double.IsFinite(x) => "not finite",
        _ => IsShare ? Figures.Percent(value) : Figures.Number(value),
    };

    /// <summary>The figures of a record; the first is the one by which models are compared. A figure that is not finite is NaN.</summary>
    public static IEnumerable<(QualityMeasure Measure, double Value)> Of(RunRecord record)
    {
        string storage = record.Command == "evaluate" && record.Option("storage") is { } held and not "auto" ? $", weights held as {held}" : "";
        string examples = record.Examples is { } count ? $", {Figures.Count(count)} examples" : "";
        if (record.HasPerplexity)
        {
            string tokens = record.Tokens is { } scored ? $", {Figures.Count(scored)} tokens" : "";
            yield return (
                new QualityMeasure("perplexity", $"protocol {record.Protocol ?? "unknown"}, window {Figures.Count(record.Window)}{tokens}, data {ShortHash(record.DataSha256)}{storage}"),
                record.Perplexity ?? double.NaN);
        }

        foreach (var (name, value) in record.Task is { } task ? record.Metrics : [])
        {
            yield return (new QualityMeasure(name, $"{record.Task}{examples}{Split(record)}{storage}"), value);
        }

        if (record.ZeroShot.Count > 0)
        {
            string tasks = string.Join(", ", record.ZeroShot.Select(entry => $"{entry.Task} ({Figures.Count(entry.Examples)})"));
            if (record.MeanAccuracy is { } mean)
            {
                yield return (new QualityMeasure("mean zero-shot accuracy", tasks + storage), mean);
            }
        }

        if (record.ValidationPerplexity is { } validation)
        {
            string targets = record.ValidationTargets is { } predicted ? $", {Figures.Count(predicted)} tokens" : "";
            yield return (new QualityMeasure("validation perplexity", $"text kept back from training{targets}"), validation);
        }
    }

    /// <summary>Training measures on the validation split, and <c>evaluate</c> does unless told otherwise.</summary>
    private static string Split(RunRecord record) => record.Option("split") is { } split and not "validation" ? $", {split} split" : "";

    private static string ShortHash(string? sha256) => sha256 is null ? "unknown" : $"sha256 {sha256[..Math.Min(12, sha256.Length)]}…";
}
