using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>Sequences of token ids, all of one length, with where they came from. Made by <see cref="CalibrationLoader"/>.</summary>
public sealed class CalibrationSet
{
    internal CalibrationSet(IReadOnlyList<int[]> sequences, CalibrationProvenance provenance)
    {
        Sequences = sequences;
        Provenance = provenance;
    }

    /// <summary>The ids <c>[samples][tokens]</c>.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Where they came from.</summary>
    public CalibrationProvenance Provenance { get; }

    /// <summary>Number of sequences, <c>N</c>.</summary>
    public int Samples => Sequences.Count;

    /// <summary>Tokens per sequence, <c>T</c>.</summary>
    public int SequenceLength => Sequences[0].Length;

    /// <summary>The first sequences.</summary>
    internal CalibrationSet First(int samples)
    {
        int[][] first = [.. Sequences.Take(samples)];
        return new CalibrationSet(first, Provenance with { IdsSha256 = Hash(first), Samples = first.Length });
    }

    /// <summary>The hash that <see cref="CalibrationProvenance.IdsSha256"/> records.</summary>
    internal static string Hash(IReadOnlyList<int[]> sequences)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] sequence in sequences)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>(sequence));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
