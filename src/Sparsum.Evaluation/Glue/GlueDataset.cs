namespace Sparsum.Evaluation.Glue;

/// <summary>One split of one task, in file order.</summary>
public sealed class GlueDataset
{
    internal GlueDataset(GlueTask task, GlueSplit split, string path, IReadOnlyList<GlueExample> examples, int skippedRows)
    {
        Task = task;
        Split = split;
        Path = path;
        Examples = examples;
        SkippedRows = skippedRows;
    }

    /// <summary>The task.</summary>
    public GlueTask Task { get; }

    /// <summary>The split.</summary>
    public GlueSplit Split { get; }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>The examples, at least one.</summary>
    public IReadOnlyList<GlueExample> Examples { get; }

    /// <summary>Rows left out because columns are missing; only QQP as published has such rows.</summary>
    public int SkippedRows { get; }
}
