using Sparsum.Reporting.Records;

namespace Sparsum.Reporting;

/// <summary>The records of a report and what they say about each other.</summary>
internal sealed class ReportContent(IReadOnlyList<RunRecord> records)
{
    /// <summary>All records in the order given.</summary>
    public IReadOnlyList<RunRecord> Records { get; } = records;

    /// <summary>Runs that give sparsity by block.</summary>
    public IReadOnlyList<RunRecord> Sparse { get; } = [.. records.Where(record => record.Blocks.Count > 0)];

    /// <summary>Perplexity measurements.</summary>
    public IReadOnlyList<RunRecord> Evaluations { get; } = [.. records.Where(record => record.HasPerplexity)];

    /// <summary>Benchmark runs.</summary>
    public IReadOnlyList<RunRecord> Benchmarks { get; } = [.. records.Where(record => record.Items.Count > 0)];

    /// <summary>The run that wrote a model, if it is among the records.</summary>
    public RunRecord? WriterOf(string? model) =>
        model is null ? null : Records.FirstOrDefault(record => record.Output is not null && Normalize(record.Output) == Normalize(model));

    /// <summary>Whether some run here started from a model and none wrote it: the dense one that others are compared with.</summary>
    public bool IsOrigin(string? model) =>
        model is not null
        && WriterOf(model) is null
        && Records.Any(record => record.Output is not null && record.Model is not null && Normalize(record.Model) == Normalize(model));

    /// <summary>Sparsity of a model as far as the records tell: 0 for the dense origin of other runs.</summary>
    public double? SparsityOf(string? model) =>
        WriterOf(model)?.Sparsity
        ?? Records.FirstOrDefault(record => record is { Command: "inspect", Sparsity: not null } && record.Model == model)?.Sparsity
        ?? (IsOrigin(model) ? 0 : null);

    /// <summary>How a model came about, in a few words.</summary>
    public string MethodOf(string? model) => WriterOf(model)?.Method ?? (IsOrigin(model) ? "dense" : "");

    /// <summary>The last part of a path: what people call the model.</summary>
    public static string ShortName(string? model)
    {
        string path = Normalize(model ?? "");
        return path[(path.LastIndexOf('/') + 1)..] is { Length: > 0 } name ? name : "–";
    }

    private static string Normalize(string path) => path.Replace('\\', '/').TrimEnd('/');
}
