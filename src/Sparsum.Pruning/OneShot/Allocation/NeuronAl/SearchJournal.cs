using System.Text.Json.Serialization;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>How far a step of the search is: written after each block, when all that it tells of is on disk.</summary>
internal sealed record SearchJournal
{
    /// <summary>The lambda of each candidate.</summary>
    public required IReadOnlyList<double> Lambdas { get; init; }

    /// <summary>For each finished block, for each candidate, the alignment term of each layer.</summary>
    public IReadOnlyList<double[][]> Terms { get; init; } = [];

    /// <summary>For each finished block the SHA-256 of its signals.</summary>
    public IReadOnlyList<string> SignalsSha256 { get; init; } = [];

    /// <summary>The SHA-256 of every candidate's states behind the last finished block.</summary>
    public IReadOnlyList<string> StatesSha256 { get; init; } = [];

    /// <summary>The same for the text whose perplexity is reported; empty without one.</summary>
    public IReadOnlyList<string> TextStatesSha256 { get; init; } = [];

    /// <summary>Identifies that text; null without one.</summary>
    public string? TextSha256 { get; init; }

    /// <summary>Every candidate's perplexity, once all blocks are finished; null where none was asked for.</summary>
    public double[]? Perplexities { get; init; }

    /// <summary>Blocks that every candidate has gone through.</summary>
    public int FinishedBlocks => Terms.Count;

    /// <summary>A candidate's metric: the sum of its terms, in the order of the computation.</summary>
    public double Metric(int candidate)
    {
        double sum = 0;
        foreach (double term in Terms.SelectMany(block => block[candidate]))
        {
            sum += term;
        }

        return sum;
    }

    /// <summary>The candidate with the smallest metric, the first on ties.</summary>
    public int Best => Enumerable.Range(0, Lambdas.Count).MinBy(Metric);
}

/// <summary>The JSON form of a search's journal.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SearchJournal))]
internal sealed partial class NeuronAlJson : JsonSerializerContext;
