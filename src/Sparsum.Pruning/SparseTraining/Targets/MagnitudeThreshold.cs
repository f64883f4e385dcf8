using Sparsum.Pruning.Measures;
using Sparsum.Tensors;

namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>
/// Reaches a sparsity exactly: the smallest magnitudes over all tracked weights become 0, ties in tensor order, then by index. Weights
/// that were removed count towards the target.
/// </summary>
/// <param name="Threshold">The largest magnitude that becomes 0; 0 when nothing does.</param>
/// <param name="Zeros">Weights that become, or are, 0.</param>
/// <param name="Ties">How many of those have exactly the threshold's magnitude.</param>
public sealed record MagnitudeThreshold(float Threshold, long Zeros, long Ties)
{
    /// <summary>Above this threshold the sparsity is mostly the work of magnitude pruning after training.</summary>
    public const float PostHocLimit = 1e-2f;

    /// <summary>Whether the sparsity is mostly the work of magnitude pruning after training.</summary>
    public bool IsMostlyPostHoc => Threshold > PostHocLimit;

    /// <summary>Finds the threshold in two passes over the weights, whose bits order as their magnitudes do.</summary>
    /// <param name="weights">The tracked weights.</param>
    /// <param name="sparsity">The target, a share of the dense weights from 0 to 1.</param>
    /// <exception cref="ArgumentException">A weight is NaN.</exception>
    public static MagnitudeThreshold Find(PrunableWeights weights, double sparsity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sparsity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sparsity, 1);
        long zeros = CountOf(weights, sparsity) - weights.Removed;
        if (zeros <= 0)
        {
            return new MagnitudeThreshold(0, 0, 0);
        }

        long rank = zeros - 1;
        uint upper = FindBucket(Histogram(weights), ref rank);
        uint lower = FindBucket(Histogram(weights, upper), ref rank);
        return new MagnitudeThreshold(BitConverter.UInt32BitsToSingle((upper << 16) | lower), zeros, rank + 1);
    }

    /// <summary>The zeros and removed weights that a sparsity stands for.</summary>
    public static long CountOf(PrunableWeights weights, double sparsity) =>
        (long)Math.Round(sparsity * weights.Dense, MidpointRounding.AwayFromZero);

    /// <summary>The largest magnitude below a bound; 0 when there is none.</summary>
    public static float LargestBelow(PrunableWeights weights, double bound)
    {
        float limit = (float)bound;
        float largest = 0;
        foreach (var tensor in weights.Parameters.Select(parameter => parameter.Value))
        {
            for (int r = 0; r < tensor.RowCount; r++)
            {
                foreach (float weight in tensor.Row(r))
                {
                    float magnitude = Math.Abs(weight);
                    largest = magnitude < limit && magnitude > largest ? magnitude : largest;
                }
            }
        }

        return largest;
    }

    /// <summary>Writes the zeros.</summary>
    public void Apply(PrunableWeights weights)
    {
        long ties = Ties;
        foreach (var tensor in weights.Parameters.Select(parameter => parameter.Value))
        {
            for (int r = 0; r < tensor.RowCount; r++)
            {
                foreach (ref float weight in tensor.Row(r))
                {
                    float magnitude = Math.Abs(weight);
                    if (Zeros > 0 && (magnitude < Threshold || (magnitude == Threshold && ties-- > 0)))
                    {
                        weight = 0;
                    }
                }
            }
        }
    }

    /// <summary>Counts magnitudes by the upper half of their bits, or by the lower half those with a certain upper one.</summary>
    private static long[] Histogram(PrunableWeights weights, uint? upper = null)
    {
        const uint Infinity = 0x7F80_0000;
        var counts = new long[1 << 16];
        foreach (var parameter in weights.Parameters)
        {
            Tensor tensor = parameter.Value;
            for (int r = 0; r < tensor.RowCount; r++)
            {
                foreach (float weight in tensor.Row(r))
                {
                    uint bits = BitConverter.SingleToUInt32Bits(weight) & 0x7FFF_FFFF;
                    if (bits > Infinity)
                    {
                        throw new ArgumentException($"'{parameter.Name}' has a weight that is no number.", nameof(weights));
                    }

                    if (upper is null)
                    {
                        counts[bits >> 16]++;
                    }
                    else if (bits >> 16 == upper)
                    {
                        counts[bits & 0xFFFF]++;
                    }
                }
            }
        }

        return counts;
    }

    /// <summary>The bucket that holds the weight of a rank; the rank becomes the one within the bucket.</summary>
    private static uint FindBucket(long[] counts, ref long rank)
    {
        uint bucket = 0;
        while (rank >= counts[bucket])
        {
            rank -= counts[bucket++];
        }

        return bucket;
    }
}
