using Sparsum.Transformers.Models;

namespace Sparsum.Training.Data;

/// <summary>
/// Which examples form which batch. Every epoch is shuffled anew; within a stretch of some batches examples are then sorted by length, so
/// that batches hold examples of similar length and little padding, and the full batches are shuffled. Each epoch draws from its own
/// stream of the seed, so that any of them can be had without those before it. Batches of so many tokens are formed once, of all examples by
/// length, and shuffled anew in every epoch.
/// </summary>
public sealed class BatchOrder
{
    private readonly IReadOnlyList<int> lengths;
    private readonly DataOptions options;
    private readonly int[][]? byTokens;

    /// <summary>Creates the order.</summary>
    /// <param name="lengths">The length of each example.</param>
    /// <param name="options">Batch size, bucket size and seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public BatchOrder(IReadOnlyList<int> lengths, DataOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BucketBatches, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchTokens ?? 1, 1, nameof(options));
        this.lengths = lengths;
        this.options = options;
        byTokens = options.BatchTokens is { } tokens ? ByTokens(tokens) : null;
    }

    /// <summary>Batches of an epoch, the last of which may be short.</summary>
    public int BatchesPerEpoch => byTokens?.Length ?? (lengths.Count + options.BatchSize - 1) / options.BatchSize;

    /// <summary>The batches of an epoch as indices of examples: each example once, a short batch last.</summary>
    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        var random = new Pcg32(options.Seed, (ulong)epoch);
        if (byTokens is not null)
        {
            int[][] shuffled = [.. byTokens];
            SeededShuffle.Run<int[]>(shuffled, random);
            return shuffled;
        }

        int[] examples = [.. Enumerable.Range(0, lengths.Count)];
        SeededShuffle.Run<int>(examples, random);
        long bucketSize = (long)options.BatchSize * options.BucketBatches;
        int[][] batches =
        [
            .. examples.Chunk((int)Math.Min(bucketSize, Math.Max(1, examples.Length)))
                .SelectMany(bucket => bucket.OrderBy(example => lengths[example]).Chunk(options.BatchSize)),
        ];
        int full = lengths.Count / options.BatchSize;
        SeededShuffle.Run(batches.AsSpan(0, full), random);
        return batches;
    }

    /// <summary>Examples of one length are shuffled; one that is longer than all tokens of a batch is alone in it.</summary>
    private int[][] ByTokens(int tokens)
    {
        int[] examples = SeededShuffle.Indices(lengths.Count, options.Seed);
        var batches = new List<int[]>();
        var batch = new List<int>();
        foreach (int example in examples.OrderBy(example => lengths[example]))
        {
            if (batch.Count > 0 && (batch.Count == options.BatchSize || (batch.Count + 1L) * lengths[example] > tokens))
            {
                batches.Add([.. batch]);
                batch.Clear();
            }

            batch.Add(example);
        }

        if (batch.Count > 0)
        {
            batches.Add([.. batch]);
        }

        return [.. batches];
    }
}
