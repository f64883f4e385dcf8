using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sparsum.Pruning.OneShot.Planning;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// Sequences of token ids, without padding, with where they came from; for a model with encoder and decoder each has a target. Made by
/// <see cref="CalibrationLoader"/>.
/// </summary>
public sealed class CalibrationSet
{
    internal CalibrationSet(IReadOnlyList<int[]> sequences, CalibrationProvenance provenance)
    {
        Sequences = sequences;
        Provenance = provenance;
    }

    /// <summary>The ids <c>[samples][tokens]</c>.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>What the decoder reads beside each sequence; null in models without a second stack.</summary>
    public IReadOnlyList<int[]>? Targets { get; internal init; }

    /// <summary>Where they came from.</summary>
    public CalibrationProvenance Provenance { get; }

    /// <summary>
    /// At most 64 sequences of at most 128 tokens, 2048 together, of the same data that are no part of the samples, by which a causal language model can be
    /// judged at once. Empty where nothing is left, and for other models.
    /// </summary>
    public IReadOnlyList<int[]> HeldOut { get; internal init; } = [];

    /// <summary>Number of sequences, <c>N</c>.</summary>
    public int Samples => Sequences.Count;

    /// <summary>Tokens of the longest sequence or target; of every one in a set of windows, <c>T</c>.</summary>
    public int SequenceLength => Sequences.Concat(Targets ?? []).Max(sequence => sequence.Length);

    /// <summary>Tokens of all sequences together, targets not counted.</summary>
    public int TokenCount => checked(Sequences.Sum(sequence => sequence.Length));

    /// <summary>Tokens of all targets together.</summary>
    public int TargetTokenCount => Targets is null ? 0 : checked(Targets.Sum(target => target.Length));

    /// <summary>How much there is at most.</summary>
    internal CalibrationShape Shape => CalibrationShape.Of(Sequences, Targets);

    /// <summary>The first samples alone.</summary>
    /// <param name="count">How many; all where there are fewer.</param>
    public CalibrationSet First(int count)
    {
        if (count >= Samples)
        {
            return this;
        }

        int[][] first = [.. Sequences.Take(count)];
        int[][]? targets = Targets is null ? null : [.. Targets.Take(count)];
        return new CalibrationSet(first, Provenance with { IdsSha256 = Hash(first, targets), Samples = count }) { Targets = targets };
    }

    /// <summary>
    /// The hash that <see cref="CalibrationProvenance.IdsSha256"/> records: of sequences of one length their ids; otherwise each sequence,
    /// and then each target, behind its length.
    /// </summary>
    internal static string Hash(IReadOnlyList<int[]> sequences, IReadOnlyList<int[]>? targets = null)
    {
        bool isUniform = targets is null && sequences.All(sequence => sequence.Length == sequences[0].Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] sequence in sequences.Concat(targets ?? []))
        {
            if (!isUniform)
            {
                hash.AppendData(MemoryMarshal.AsBytes<int>([sequence.Length]));
            }

            hash.AppendData(MemoryMarshal.AsBytes<int>(sequence));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Where calibration sequences came from: what another person needs to draw the same ones.</summary>
public sealed record CalibrationProvenance
{
    /// <summary>The file, as given.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the file in lower-case hexadecimal digits.</summary>
    public required string FileSha256 { get; init; }

    /// <summary>SHA-256 of the drawn ids as little-endian 32-bit integers, sequence after sequence.</summary>
    public required string IdsSha256 { get; init; }

    /// <summary>One of the names in <see cref="CalibrationRules"/>.</summary>
    public required string Rule { get; init; }

    /// <summary>Number of sequences.</summary>
    public required int Samples { get; init; }

    /// <summary>Tokens of the longest sequence; of every one where they are windows.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Tokens of all sequences together.</summary>
    public int Tokens { get; init; }

    /// <summary>Tokens of all targets together, for a model with encoder and decoder; 0 elsewhere.</summary>
    public int TargetTokens { get; init; }

    /// <summary>Seed of the draws.</summary>
    public required long Seed { get; init; }

    /// <summary>Documents in the file; 1 for plain text, 0 for ready ids.</summary>
    public required int Documents { get; init; }

    /// <summary>Documents drawn, the rejected ones included; 0 where no documents are drawn.</summary>
    public required int DocumentDraws { get; init; }
}
