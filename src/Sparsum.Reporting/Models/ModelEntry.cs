using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Models;

/// <summary>A model that records tell of: the run that wrote it, if it is among them, and what others measured of it.</summary>
internal sealed class ModelEntry(string path, RunRecord? writer)
{
    private readonly List<RunRecord> readers = [];

    /// <summary>The path as a record has it.</summary>
    public string Path { get; } = path;

    /// <summary>What people call it: as much of the path's end as tells it from the others.</summary>
    public string Name { get; set; } = path;

    /// <summary>The run that wrote it; null where no record tells.</summary>
    public RunRecord? Writer { get; } = writer;

    /// <summary>The model that it was made from; null where no record tells.</summary>
    public ModelEntry? Base { get; set; }

    /// <summary>Whether some other model here was made from it.</summary>
    public bool HasOffspring { get; set; }

    /// <summary>The model that it all began with.</summary>
    public ModelEntry Root => Base?.Root ?? this;

    /// <summary>The task that it was trained on; null for none.</summary>
    public string? Task => Writer is { Command: "train", Task: { } task } ? task : Base?.Task;

    /// <summary>Runs that read it.</summary>
    public IReadOnlyList<RunRecord> Readers => readers;

    /// <summary>Its measurements in <c>bench</c> runs.</summary>
    public List<(RunRecord Run, BenchmarkRecord Item)> Benchmarks { get; } = [];

    /// <summary>Figures of its quality, of the run that wrote it and of those that measured it.</summary>
    public IReadOnlyList<(QualityMeasure Measure, double Value)> Qualities { get; private set; } = writer is null ? [] : [.. QualityMeasure.Of(writer)];

    /// <summary>Whether there is anything to show but the name.</summary>
    public bool IsMeasured => Writer is not null || Benchmarks.Count > 0 || Qualities.Count > 0 || Inspection is not null;

    /// <summary>Share of zeros over the matrices of the blocks.</summary>
    public double? Sparsity => Share(record => record.MatrixSparsity) ?? readers.Select(record => record.Compaction?.SparsityBefore).FirstOrDefault(share => share is not null);

    /// <summary>Share of zeros over query, key, value and MLP.</summary>
    public double? RegularisedSparsity => Share(record => record.RegularisedSparsity);

    /// <summary>Heads that are left; another container keeps them.</summary>
    public long? Heads => Writer?.HeadsLeft ?? (Writer?.Command == "convert" ? Base?.Heads : null);

    /// <summary>How it came about, in a few words.</summary>
    public string Method => Writer is not { } run ? (HasOffspring ? "base model" : "")
        : string.Join(" + ", new[] { Base?.Writer is null ? "" : Base.Method, OwnMethod(run) }.Where(part => part.Length > 0));

    /// <summary>Bytes of the weights, and what they are of where it is not the files: null where no record tells.</summary>
    public (long Bytes, SizeKind Kind)? Size
    {
        get
        {
            if (Benchmarks.Select(entry => entry.Item.WeightBytesOnDisk).FirstOrDefault(bytes => bytes is not null) is { } files)
            {
                return (files, SizeKind.Files);
            }

            if (Writer?.Compaction?.Bytes is { } written)
            {
                return (written, Writer.Command == "convert" ? SizeKind.Files : SizeKind.Tensors);
            }

            if (readers.Select(record => record.Compaction is { } change ? (record.Command, change.BytesBefore) : default).FirstOrDefault(entry => entry.BytesBefore is not null)
                is { BytesBefore: { } before, Command: var command })
            {
                return (before, command == "convert" ? SizeKind.Files : SizeKind.Tensors);
            }

            long? folder = Inspection?.BytesOnDisk ?? Benchmarks.Select(entry => entry.Item.BytesOnDisk).FirstOrDefault(bytes => bytes is not null);
            return folder is { } whole ? (whole, SizeKind.Folder) : null;
        }
    }

    private RunRecord? Inspection => readers.FirstOrDefault(record => record.Command == "inspect");

    /// <summary>Adds a run that read it.</summary>
    public void Add(RunRecord record)
    {
        readers.Add(record);
        if (!record.IsWriter)
        {
            Qualities = [.. Qualities, .. QualityMeasure.Of(record)];
        }
    }

    private double? Share(Func<RunRecord, double?> share) => (Writer is null ? null : share(Writer)) ?? (Inspection is null ? null : share(Inspection));

    private static string OwnMethod(RunRecord run) => run.Command switch
    {
        "compact" => "compact",
        "convert" => string.Join(' ', new[] { run.Option("to"), run.Option("dtype") is { } type and not "stored" ? type : null }.OfType<string>()),
        "pretrain" => run.Method is "" or "dense" ? "pretrained" : $"pretrained {run.Method}",
        _ => run.Method.Length > 0 ? run.Method : run.Command,
    };
}

/// <summary>What a size is of.</summary>
internal enum SizeKind
{
    /// <summary>The weight files.</summary>
    Files,

    /// <summary>The tensors within them.</summary>
    Tensors,

    /// <summary>The whole folder.</summary>
    Folder,
}
