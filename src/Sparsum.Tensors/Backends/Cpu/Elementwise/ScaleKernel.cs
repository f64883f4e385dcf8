using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary><c>values[i] *= factor</c>.</summary>
internal readonly unsafe struct ScaleKernel(float* values, nint count, float factor) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* x = values;
        nint n = count;
        var f = T.Create(factor);
        nint i = 0;
        for (; i <= n - T.Count; i += T.Count)
        {
            (T.Load(x + i) * f).Store(x + i);
        }

        for (; i < n; i++)
        {
            x[i] *= factor;
        }
    }
}
