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

    /// <summary>Runs that trained on a task or measured one.</summary>
    public IReadOnlyList<RunRecord> Tasks { get; } = [.. records.Where(record => record.Task is not null && record.Metrics.Count > 0)];

    /// <summary>Runs that trained.</summary>
    public IReadOnlyList<RunRecord> Trained { get; } = [.. records.Where(record => record.Curve.Count > 0)];

    /// <summary>Runs that compacted a model.</summary>
    public IReadOnlyList<RunRecord> Compactions { get; } = [.. records.Where(record => record.Compaction is not null)];

    /// <summary>Runs that wrote texts.</summary>
    public IReadOnlyList<RunRecord> Writers { get; } = [.. records.Where(record => record.Texts.Count > 0)];

    /// <summary>The run that wrote a model, if it is among the records.</summary>
    public RunRecord? WriterOf(string? model) =>
        model is null ? null : Records.FirstOrDefault(record => record.Output is not null && Normalize(record.Output) == Normalize(model));

    /// <summary>Whether some run here started from a model and none wrote it: the dense one that others are compared with.</summary>
    public bool IsOrigin(string? model) =>
        model is not null
        && WriterOf(model) is null
        && Records.Any(record => record.Output is not null && record.Model is not null && Normalize(record.Model) == Normalize(model));

    /// <summary>Sparsity of a model as far as the records tell: 0 for the dense origin of other runs.</summary>
    public double? SparsityOf(string? model) => SparsityOf(model, record => record.Sparsity);

    /// <summary>The same by one way of counting, in which models of different runs can be compared.</summary>
    public double? SparsityOf(string? model, Func<RunRecord, double?> share) =>
        (WriterOf(model) is { } writer ? share(writer) : null)
        ?? Records.Where(record => record.Command == "inspect" && record.Model == model).Select(share).FirstOrDefault(value => value is not null)
        ?? (IsOrigin(model) ? 0 : null);

    /// <summary>How a model came about, in a few words.</summary>
    public string MethodOf(string? model) => WriterOf(model) switch
    {
        { Compaction: not null } compaction when Normalize(compaction.Model ?? "") != Normalize(model!) =>
            string.Join(" · ", new[] { MethodOf(compaction.Model), "compact" }.Where(part => part.Length > 0)),
        { } writer => writer.Method,
        _ => IsOrigin(model) ? "dense" : "",
    };

    /// <summary>Heads that are left in a model as far as the records tell.</summary>
    public long? HeadsOf(string? model) => WriterOf(model) switch
    {
        { HeadsLeft: { } heads } => heads,
        { Compaction: not null } compaction when Normalize(compaction.Model ?? "") != Normalize(model!) => HeadsOf(compaction.Model),
        _ => null,
    };

    /// <summary>The last part of a path: what people call the model.</summary>
    public static string ShortName(string? model)
    {
        string path = Normalize(model ?? "");
        return path[(path.LastIndexOf('/') + 1)..] is { Length: > 0 } name ? name : "–";
    }

    private static string Normalize(string path) => path.Replace('\\', '/').TrimEnd('/');
}
