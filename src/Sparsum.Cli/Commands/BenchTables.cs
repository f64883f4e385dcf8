using Sparsum.Cli.Rendering;
using Sparsum.Evaluation.Latency;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary>The tables of <c>bench</c>, none wider than 80 columns.</summary>
internal static class BenchTables
{
    private const int NameWidth = 18;

    public static void Render(IAnsiConsole console, List<BenchItem> items, bool hasBaseline)
    {
        string[] names = [.. items.Select(item => Shorten(Path.GetFileName(Path.TrimEndingDirectorySeparator(item.Model))))];
        if (names.Distinct().Count() < names.Length)
        {
            names = [.. items.Select(item => Shorten(item.Model))];
        }

        var sizes = Tables.Create("model", ">on disk", ">peak memory");
        foreach (var (name, item) in names.Zip(items))
        {
            sizes.AddPlainRow(name, Units.Bytes(item.Size.Weights), Units.Bytes(item.PeakBytes));
        }

        console.Write(sizes);
        WriteTimes(console, "whole sequences", names, [.. items.Select(item => item.Prefill)], hasBaseline);
        if (items.All(item => item.Decode is not null))
        {
            WriteTimes(console, "one more token", names, [.. items.Select(item => item.Decode!)], hasBaseline);
        }

        if (hasBaseline)
        {
            console.WriteRaw("times faster: by the medians, with the 95 % interval of the rounds");
        }
    }

    private static void WriteTimes(IAnsiConsole console, string title, string[] names, LatencyResult[] times, bool hasBaseline)
    {
        console.WriteRaw(title);
        var table = hasBaseline
            ? Tables.Create("model", ">median ms", ">middle half", ">tokens/s", ">times faster")
            : Tables.Create("model", ">median ms", ">middle half", ">tokens/s");
        foreach (var (index, time) in times.Index())
        {
            string[] cells =
            [
                names[index], Short(time.MedianMilliseconds), $"{Short(time.LowerQuartile)}–{Short(time.UpperQuartile)}", Units.Number(time.TokensPerSecond, 0),
            ];
            table.AddPlainRow([.. cells, .. hasBaseline ? new[] { index == 0 ? "1" : Ratio(time) } : []]);
        }

        console.Write(table);
    }

    /// <summary>How many times faster than the baseline, in words; whether anything could be measured at all.</summary>
    public static string Ratio(LatencyResult time) => time switch
    {
        { HasInterval: false } => FormattableString.Invariant($"{time.Ratio:F2} (few passes)"),
        { IsDifferent: true } => FormattableString.Invariant($"{time.Ratio:F2} ({time.MinRatio:F2}–{time.MaxRatio:F2})"),
        _ => "none measurable",
    };

    /// <summary>Four digits or so: more are noise.</summary>
    public static string Short(double milliseconds) => Units.Number(milliseconds, milliseconds < 10 ? 3 : milliseconds < 100 ? 2 : milliseconds < 1000 ? 1 : 0);

    /// <summary>The end of a path tells models apart.</summary>
    private static string Shorten(string model) => model.Length <= NameWidth ? model : "…" + model[^(NameWidth - 1)..];
}
