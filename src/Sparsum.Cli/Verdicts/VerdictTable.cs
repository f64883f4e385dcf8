using Sparsum.Cli.Commands;
using Sparsum.Cli.Rendering;
using Sparsum.Evaluation.Latency;
using Spectre.Console;

namespace Sparsum.Cli.Verdicts;

/// <summary>A verdict for people.</summary>
internal static class VerdictTable
{
    public static void Render(IAnsiConsole console, VerdictFacts facts, VerdictRequest request)
    {
        console.WriteRaw("");
        var table = Tables.Create("verdict", ">before", ">now", ">times less");
        table.AddPlainRow("weights on disk", Units.Bytes(facts.BytesBefore), Units.Bytes(facts.BytesNow), Times((double)facts.BytesBefore / facts.BytesNow));
        AddTimes(table, "whole sequences, ms", facts.Prefill);
        AddTimes(table, "one more token, ms", facts.Decode);
        if (facts.PeakNow is { } peak)
        {
            table.AddPlainRow(
                "peak memory",
                facts.PeakBefore is { } before ? Units.Bytes(before) : "not measured",
                Units.Bytes(peak),
                facts.PeakBefore is { } known ? $"{Times((double)known / peak)} (one reading)" : "");
        }

        if (facts.Perplexity is { } change)
        {
            table.AddPlainRow(
                "perplexity", Units.Number(change.Before), Units.Number(change.Now), change.IsDifferent ? Times(change.Before / change.Now) : "within the noise");
        }

        console.Write(table);
        console.WriteFacts(
            ("before", request.BeforeName),
            ("timed", facts.Prefill is var (_, prefill) ? $"{facts.Tokens} tokens, {prefill.Milliseconds.Count} rounds in turns" : null),
            ("perplexity of", facts.Perplexity is { } of ? $"{of.Sequences} sequences, {Units.Count(of.Tokens)} tokens: {request.HeldOutSource}" : null),
            ("not measured", facts.NotMeasured.Count == 0 ? null : string.Join("; ", facts.NotMeasured.Select(entry => $"{entry.Key}: {entry.Value}"))));
        console.WriteRaw(VerdictWords.Sentence(facts, request));
        console.WriteRaw($"next: {VerdictWords.Next(facts, request)}");
    }

    private static void AddTimes(Table table, string name, (LatencyResult Before, LatencyResult Now)? times)
    {
        if (times is var (before, now))
        {
            table.AddPlainRow(name, BenchTables.Short(before.MedianMilliseconds), BenchTables.Short(now.MedianMilliseconds), BenchTables.Ratio(now));
        }
    }

    private static string Times(double ratio) => Units.Number(ratio);
}
