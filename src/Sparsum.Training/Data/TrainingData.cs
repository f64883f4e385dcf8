using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Sparsum.Core;

namespace Sparsum.Training.Data;

/// <summary>Examples and the order in which a run sees them.</summary>
public sealed class TrainingData
{
    private readonly BatchOrder order;
    private readonly Lazy<string> fingerprint;
    private readonly IExampleVariation? variation;
    private (int Epoch, IReadOnlyList<int[]> Batches)? present;

    /// <summary>Takes examples.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="options">How they become batches.</param>
    /// <param name="variation">What changes about them from epoch to epoch; null for nothing.</param>
    /// <exception cref="InvalidInputException">There are none, or one has no tokens or labels that do not fit its tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size among the options is below 1.</exception>
    public TrainingData(IReadOnlyList<TrainingExample> examples, DataOptions options, IExampleVariation? variation = null)
    {
        this.variation = variation;
        Examples = examples;
        Options = options;
        order = new BatchOrder([.. examples.Select(example => Math.Max(example.InputIds.Length, example.Target?.Length ?? 0))], options);
        fingerprint = new Lazy<string>(ComputeFingerprint);
        Check();
    }

    /// <summary>The examples in their own order.</summary>
    public IReadOnlyList<TrainingExample> Examples { get; }

    /// <summary>How they become batches.</summary>
    public DataOptions Options { get; }

    /// <summary>Batches of an epoch, the last of which may be short.</summary>
    public int BatchesPerEpoch => order.BatchesPerEpoch;

    /// <summary>SHA-256 of examples and options: equal for runs that see the same batches.</summary>
    public string Fingerprint => fingerprint.Value;

    /// <summary>The examples of the batch that comes at a position.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The epoch has no such batch.</exception>
    public IReadOnlyList<TrainingExample> BatchAt(DataPosition position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position.Epoch, nameof(position));
        ArgumentOutOfRangeException.ThrowIfNegative(position.Batch, nameof(position));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position.Batch, BatchesPerEpoch, nameof(position));
        if (present?.Epoch != position.Epoch)
        {
            present = (position.Epoch, order.Epoch(position.Epoch));
        }

        return
        [
            .. present.Value.Batches[position.Batch]
                .Select(index => variation?.Vary(Examples[index], index, position.Epoch) ?? Examples[index]),
        ];
    }

    private void Check()
    {
        if (Examples.Count == 0)
        {
            throw new InvalidInputException("no-examples", "There are no examples to train on.") { Expected = "at least one example" };
        }

        foreach (var (index, example) in Examples.Index())
        {
            int length = example.InputIds.Length;
            int segments = example.TokenTypeIds?.Length ?? length;
            int labels = example.TokenLabels?.Length ?? length;
            if (length == 0 || segments != length || labels != length || example.Target is { Length: 0 })
            {
                throw new InvalidInputException("bad-example", $"Example {index} is empty, or its parts differ in length.")
                {
                    Found = $"{length} tokens, {segments} segments, {labels} labels{(example.Target is { } target ? $", a target of {target.Length} tokens" : "")}",
                    Expected = "as many segments and labels as tokens, at least one; a target of at least one token",
                };
            }
        }
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Append([Options.BatchSize, Options.BucketBatches, unchecked((long)Options.Seed), Options.PaddingToken], bytes, hash);
        if (Options.BatchTokens is { } tokens)
        {
            Append([tokens], bytes, hash);
        }

        foreach (var example in Examples)
        {
            Append([BitConverter.DoubleToInt64Bits(example.Label ?? double.NaN)], bytes, hash);
            foreach (int[]? part in new[] { example.InputIds, example.TokenTypeIds, example.TokenLabels })
            {
                Append([part?.Length ?? -1, .. (part ?? []).Select(value => (long)value)], bytes, hash);
            }

            if (example.Target is { } target)
            {
                Append([target.Length, .. target.Select(value => (long)value)], bytes, hash);
            }
        }

        hash.AppendData(Encoding.UTF8.GetBytes(variation?.Fingerprint ?? ""));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IEnumerable<long> values, Span<byte> bytes, IncrementalHash hash)
    {
        foreach (long value in values)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }
    }
}
