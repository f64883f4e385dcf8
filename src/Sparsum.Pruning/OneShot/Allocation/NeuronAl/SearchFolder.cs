using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The files of one step of the search.</summary>
/// <param name="folder">The folder that survives an interruption.</param>
/// <param name="step">The step.</param>
internal sealed unsafe class SearchFolder(string folder, string step)
{
    private const string StatesKind = "states";
    private const string TextKind = "text";
    private const string SignalsKind = "signals";

    private string JournalPath => Path.Combine(folder, $"{step}.json");

    /// <summary>The states of a candidate behind a number of finished blocks.</summary>
    public string States(int finishedBlocks, int candidate) => Name(StatesKind, finishedBlocks, candidate);

    /// <summary>The same for the text whose perplexity is reported.</summary>
    public string TextStates(int finishedBlocks, int candidate) => Name(TextKind, finishedBlocks, candidate);

    /// <summary>What an interrupted search has left; null when it is to start from the beginning.</summary>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public SearchJournal? ReadJournal() => StateFile.Read(JournalPath, NeuronAlJson.Default.SearchJournal);

    /// <summary>Takes the place of the journal, then removes the states that it no longer names.</summary>
    public void WriteJournal(SearchJournal journal)
    {
        AtomicFile.WriteAllBytes(JournalPath, JsonSerializer.SerializeToUtf8Bytes(journal, NeuronAlJson.Default.SearchJournal));
        HashSet<string> named =
        [
            .. Enumerable.Range(0, journal.StatesSha256.Count).Select(i => States(journal.FinishedBlocks, i)),
            .. Enumerable.Range(0, journal.TextStatesSha256.Count).Select(i => TextStates(journal.FinishedBlocks, i)),
        ];
        foreach (string kind in (string[])[StatesKind, TextKind])
        {
            foreach (string file in Directory.EnumerateFiles(folder, $"{step}.{kind}.*").Where(file => !named.Contains(file)).ToList())
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Writes what a block has changed in every candidate's channels and returns its SHA-256.</summary>
    /// <param name="block">The block.</param>
    /// <param name="signals">For each candidate, for each layer that others feed, its channels.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public string WriteSignals(int block, IEnumerable<IEnumerable<float[]>> signals, CancellationToken cancellationToken)
    {
        float[] values = [.. signals.SelectMany(candidate => candidate).SelectMany(channels => channels)];
        fixed (float* first = values)
        {
            return ChecksummedFile.Write(Name(SignalsKind, block, 0), (byte*)first, (long)values.Length * sizeof(float), cancellationToken);
        }
    }

    /// <summary>Reads one candidate's part of what <see cref="WriteSignals"/> wrote.</summary>
    /// <param name="block">The block.</param>
    /// <param name="sha256">What the journal names.</param>
    /// <param name="candidates">Number of candidates.</param>
    /// <param name="candidate">The one.</param>
    /// <param name="channels">Channels of each layer that others feed.</param>
    public IReadOnlyList<float[]> ReadSignals(int block, string sha256, int candidates, int candidate, IReadOnlyList<int> channels)
    {
        int count = channels.Sum();
        float[] values = new float[candidates * count];
        fixed (float* first = values)
        {
            ChecksummedFile.Read(Name(SignalsKind, block, 0), sha256, (byte*)first, (long)values.Length * sizeof(float));
        }

        var signals = new List<float[]>();
        int start = candidate * count;
        foreach (int width in channels)
        {
            signals.Add(values[start..(start + width)]);
            start += width;
        }

        return signals;
    }

    private string Name(string kind, int block, int candidate) =>
        Path.Combine(folder, FormattableString.Invariant($"{step}.{kind}.{block}.{candidate}.bin"));
}

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
