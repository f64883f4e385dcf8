using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>Reads rows of a head back as floats, <c>[count, size]</c>.</summary>
internal readonly unsafe struct WidenRowsKernel<TFormat>(HeadRows rows, nint count, nint size, float* output) : IKernel
    where TFormat : IKeyFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* y = output;
        byte* row = rows.Values;
        for (nint i = 0; i < count; i++, row += rows.Stride, y += size)
        {
            float factor = TFormat.HasFactors ? rows.Factors[i * rows.FactorStride] : 1;
            nint column = 0;
            for (; column <= size - T.Count; column += T.Count)
            {
                (TFormat.Load<T>(row, column) * T.Create(factor)).Store(y + column);
            }

            for (; column < size; column++)
            {
                y[column] = TFormat.Load<Float32>(row, column).Value * factor;
            }
        }
    }
}
