using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Models;

/// <summary>How a <c>bench</c> run measured. Times of different settings are never put in one column or drawing.</summary>
internal sealed record BenchSetting(string? Processor, long? Threads, string? Batch, string? Length, string? Storage)
{
    /// <summary>The setting of a run.</summary>
    public static BenchSetting Of(RunRecord record) => new(
        record.Processor, record.ThreadsUsed, record.Option("batch"), record.Option("length"), record.Option("storage"));

    /// <summary>In a few words.</summary>
    public string Description => string.Join(", ", new[]
    {
        Batch is null && Length is null ? null : $"{Batch ?? "?"} × {Length ?? "?"} tokens",
        Threads is { } threads ? $"{Figures.Count(threads)} {(threads == 1 ? "thread" : "threads")}" : null,
        Storage is null ? null : $"storage {Storage}",
        Processor,
    }.OfType<string>());

    /// <summary>The part that differs between runs on one machine.</summary>
    public string Short => $"{Batch ?? "?"} × {Length ?? "?"}{(Storage is null or "auto" ? "" : $", {Storage}")}";
}
