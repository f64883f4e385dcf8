using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>x * y</c>.</summary>
internal readonly unsafe struct ProductTerm(float* x, float* y) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        return T.MultiplyAdd(T.Load(x + index), T.Load(y + index), sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        return T.MultiplyAdd(Tail.Load<T>(x + index, count), Tail.Load<T>(y + index, count), sum);
    }
}
