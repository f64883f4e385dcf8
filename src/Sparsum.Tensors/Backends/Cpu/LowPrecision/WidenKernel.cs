using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Reads a row of a weight in words back as floats, in whole units of 16: the last unit is filled up with zeros.</summary>
/// <param name="words">The row.</param>
/// <param name="output">Receives the units.</param>
/// <param name="units">Number of units.</param>
internal readonly unsafe struct WidenKernel<TFormat>(uint* words, float* output, nint units) : IKernel
    where TFormat : IWordFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint unit = 0; unit < units; unit++)
        {
            uint* block = words + (unit / IWordFormat.Parts * Reduction.Lanes);
            for (int lane = 0; lane < Reduction.Lanes; lane += T.Count)
            {
                TFormat.Load<T>(block + lane, (int)(unit % IWordFormat.Parts)).Store(output + (unit * Reduction.Lanes) + lane);
            }
        }
    }
}
