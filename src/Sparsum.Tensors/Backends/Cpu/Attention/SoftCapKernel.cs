using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Bounds scores: products x become <c>cap * tanh(x * factor / cap)</c> in place. With <paramref name="slopes"/> the products stay, and
/// those become what is left of the gradients through the bound: <c>slope * (1 - tanh²)</c>. Rows are <paramref name="stride"/> floats
/// apart and <paramref name="width"/> long, a multiple of 16.
/// </summary>
internal readonly unsafe struct SoftCapKernel(
    float* products, float* slopes, nint rows, nint stride, nint width, float factor, float cap) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint n = width;
        var (inner, outer) = (T.Create(factor / cap), T.Create(cap));
        for (nint row = 0; row < rows; row++)
        {
            float* x = products + (row * stride);
            float* d = slopes is null ? null : slopes + (row * stride);
            for (nint i = 0; i < n; i += T.Count)
            {
                var bounded = VectorMath.Tanh(T.Load(x + i) * inner);
                if (d is null)
                {
                    (bounded * outer).Store(x + i);
                }
                else
                {
                    (T.Load(d + i) * (T.Create(1) - (bounded * bounded))).Store(d + i);
                }
            }
        }
    }
}
