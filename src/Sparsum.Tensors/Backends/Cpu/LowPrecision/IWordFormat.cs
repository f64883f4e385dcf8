using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// How narrow numbers share 32-bit words. A unit is 16 neighbouring columns of a row; <see cref="Parts"/> units lie in 16 words, the first
/// of them in the lowest bits of each. So whole vectors of words turn into vectors of neighbouring columns, and the input needs no
/// rearrangement.
/// </summary>
internal unsafe interface IWordFormat
{
    /// <summary>Numbers per word.</summary>
    const int Parts = 2;

    /// <summary>The largest magnitude that can be stored, or infinity when everything can, NaN included.</summary>
    static abstract float Largest { get; }

    /// <summary>The bits of the nearest number that the format has, in the lowest bits.</summary>
    static abstract uint Encode(float value);

    /// <summary>Reads one part of neighbouring words.</summary>
    static abstract T Load<T>(uint* words, int part)
        where T : struct, IVector<T>;
}
