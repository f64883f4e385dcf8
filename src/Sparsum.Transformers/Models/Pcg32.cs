using System.Numerics;

namespace Sparsum.Transformers.Models;

/// <summary>
/// The PCG-XSH-RR generator with 64 bits of state and 32 of output (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically
/// Good Algorithms for Random Number Generation", 2014). Generators with one seed and different streams are independent, so work that is
/// split over rows or tensors gives each its own stream and does not depend on the order in which they are served.
/// </summary>
public sealed class Pcg32
{
    private const ulong Multiplier = 6364136223846793005;
    private readonly ulong increment;
    private ulong state;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Where in the stream to start.</param>
    /// <param name="stream">Which of 2^63 streams.</param>
    public Pcg32(ulong seed, ulong stream = 0)
    {
        increment = (stream << 1) | 1;
        NextUInt32();
        state += seed;
        NextUInt32();
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        ulong old = state;
        state = unchecked((old * Multiplier) + increment);
        uint shifted = (uint)(((old >> 18) ^ old) >> 27);
        return BitOperations.RotateRight(shifted, (int)(old >> 59));
    }

    /// <summary>A multiple of 2^-53 in [0, 1).</summary>
    public double NextDouble()
    {
        ulong high = NextUInt32() >> 5;
        ulong low = NextUInt32() >> 6;
        return ((high << 26) + low) * (1.0 / (1UL << 53));
    }

    /// <summary>A number of the standard normal distribution (Box and Muller 1958; the second of each pair is not used).</summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }
}
