using System.Text;
using Sparsum.Core;

namespace Sparsum.Reporting.Records;

/// <summary>The JSON document of one run, as every verb writes it; fields that a verb does not write are null or empty.</summary>
public sealed record RunRecord
{
    /// <summary>Version of the product.</summary>
    public string? Version { get; init; }

    /// <summary>The verb.</summary>
    public required string Command { get; init; }

    /// <summary>The model that was read.</summary>
    public string? Model { get; init; }

    /// <summary>Names of the hub that the run used, with the commit that each stood for.</summary>
    public IReadOnlyList<(string Name, string Commit)> Hub { get; init; } = [];

    /// <summary>The folder that the record was found in as <c>run.json</c>, a full path; null for a record from elsewhere.</summary>
    public string? Location { get; init; }

    /// <summary>The folder that relative paths of the record start from, a full path; null where nobody knows.</summary>
    public string? BaseFolder { get; init; }

    /// <summary>The folder that was written.</summary>
    public string? Output { get; init; }

    /// <summary>All options in the order of the document, values as text.</summary>
    public IReadOnlyList<(string Name, string Value)> Options { get; init; } = [];

    /// <summary>The seed.</summary>
    public string? Seed { get; init; }

    /// <summary>When it started, as written.</summary>
    public string? Started { get; init; }

    /// <summary>Wall time.</summary>
    public double? Seconds { get; init; }

    /// <summary>Peak memory of the process.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Achieved share of zeros over the matrices that the run works on.</summary>
    public double? Sparsity { get; init; }

    /// <summary>The share over query, key, value and MLP, by which sparse training counts; null where the run does not say.</summary>
    public double? RegularisedSparsity { get; init; }

    /// <summary>The share over all matrices of the blocks, attention outputs included; null where the run does not say.</summary>
    public double? MatrixSparsity { get; init; }

    /// <summary>Sparsity by block.</summary>
    public IReadOnlyList<BlockRecord> Blocks { get; init; } = [];

    /// <summary>Perplexity.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Whether the run measured perplexity, be it not finite.</summary>
    public bool HasPerplexity { get; init; }

    /// <summary>The protocol of the perplexity.</summary>
    public string? Protocol { get; init; }

    /// <summary>Predicted tokens.</summary>
    public long? Tokens { get; init; }

    /// <summary>Tokens per window.</summary>
    public long? Window { get; init; }

    /// <summary>Examples that a task was measured on.</summary>
    public long? Examples { get; init; }

    /// <summary>SHA-256 of the data.</summary>
    public string? DataSha256 { get; init; }

    /// <summary>The task that a run trained on or measured.</summary>
    public string? Task { get; init; }

    /// <summary>Metrics of the task, by name.</summary>
    public IReadOnlyList<(string Name, double Value)> Metrics { get; init; } = [];

    /// <summary>Attention heads that are left.</summary>
    public long? HeadsLeft { get; init; }

    /// <summary>Seconds of training alone.</summary>
    public double? TrainSeconds { get; init; }

    /// <summary>Optimiser steps of a run that trained.</summary>
    public long? Steps { get; init; }

    /// <summary>Mean training loss of stretches of steps, each at its last step.</summary>
    public IReadOnlyList<(double Step, double Loss)> Curve { get; init; } = [];

    /// <summary>Perplexity of a pretraining run on text that was kept back.</summary>
    public double? ValidationPerplexity { get; init; }

    /// <summary>Tokens that <see cref="ValidationPerplexity"/> is of.</summary>
    public long? ValidationTargets { get; init; }

    /// <summary>Zero-shot tasks that the run measured.</summary>
    public IReadOnlyList<ZeroShotRecord> ZeroShot { get; init; } = [];

    /// <summary>Mean accuracy over these tasks.</summary>
    public double? MeanAccuracy { get; init; }

    /// <summary>The one figure of a task by which runs are compared.</summary>
    public double? Score { get; init; }

    /// <summary>What sparse training did to connections and heads; null where no run tells.</summary>
    public TopologyRecord? Topology { get; init; }

    /// <summary>Parameters of the model that was inspected or written.</summary>
    public long? Parameters { get; init; }

    /// <summary>Bytes of the folder of a model that was inspected.</summary>
    public long? BytesOnDisk { get; init; }

    /// <summary>The processor that a <c>bench</c> run used.</summary>
    public string? Processor { get; init; }

    /// <summary>The threads that a <c>bench</c> run used.</summary>
    public long? ThreadsUsed { get; init; }

    /// <summary>The model that a <c>bench</c> run compares with.</summary>
    public string? Baseline { get; init; }

    /// <summary>What a <c>compact</c> or <c>convert</c> run saved; null in other runs.</summary>
    public CompactionRecord? Compaction { get; init; }

    /// <summary>What the run measured of its output right after itself; null where it did not.</summary>
    public VerdictRecord? Verdict { get; init; }

    /// <summary>What a <c>generate</c> run wrote.</summary>
    public IReadOnlyList<TextRecord> Texts { get; init; } = [];

    /// <summary>Models of a <c>bench</c> run.</summary>
    public IReadOnlyList<BenchmarkRecord> Items { get; init; } = [];

    /// <summary>Method and allocation of a pruning run in a few words, e.g. <c>wanda · uniform</c>.</summary>
    public string Method =>
        string.Join(" · ", new[] { Option("method"), Option("allocation"), Option("refine"), Option("pattern") }.OfType<string>());

    /// <summary>Reads a record.</summary>
    /// <param name="json">The document.</param>
    /// <param name="file">Where it is from, for messages.</param>
    /// <exception cref="InvalidInputException">It is no run record.</exception>
    public static RunRecord Parse(string json, string? file = null) => RunRecordReader.Read(Encoding.UTF8.GetBytes(json), file);

    /// <summary>Whether the run wrote a model, which <see cref="Output"/> names.</summary>
    internal bool IsWriter => Output is not null && Command is "prune" or "train" or "pretrain" or "compact" or "convert" or "create";

    /// <summary>Reads a record from a file, or from <c>run.json</c> of a run folder.</summary>
    /// <exception cref="InvalidInputException">The file is missing or no run record.</exception>
    public static RunRecord Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, "run.json") : path;
        return File.Exists(file)
            ? RunRecordReader.Read(StrictJson.ReadBytes(file), file)
            : throw RunRecordReader.Missing(path, file);
    }

    /// <summary>The value of an option; null where it is absent or empty.</summary>
    public string? Option(string name) =>
        Options.FirstOrDefault(option => option.Name == name).Value is { Length: > 0 } value ? value : null;
}
