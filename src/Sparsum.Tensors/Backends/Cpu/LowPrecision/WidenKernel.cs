using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Reads rows of a weight in words back as floats, in whole units of 16: the last unit is filled up with zeros.</summary>
/// <param name="words">The first weight row.</param>
/// <param name="stride">Words from a row to the next.</param>
/// <param name="scales">A factor per row, or null.</param>
/// <param name="output">Receives <c>[rows, 16 units]</c>.</param>
/// <param name="rows">Number of rows.</param>
/// <param name="units">Units per row.</param>
internal readonly unsafe struct WidenKernel<TFormat>(uint* words, nint stride, float* scales, float* output, nint rows, nint units) : IKernel
    where TFormat : IWordFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            uint* w = words + (row * stride);
            float* y = output + (row * units * Reduction.Lanes);
            var scale = T.Create(scales is null ? 1 : scales[row]);
            for (nint unit = 0; unit < units; unit++)
            {
                uint* block = w + (unit / TFormat.Parts * Reduction.Lanes);
                for (int lane = 0; lane < Reduction.Lanes; lane += T.Count)
                {
                    (TFormat.Load<T>(block + lane, (int)(unit % TFormat.Parts)) * scale).Store(y + (unit * Reduction.Lanes) + lane);
                }
            }
        }
    }
}
