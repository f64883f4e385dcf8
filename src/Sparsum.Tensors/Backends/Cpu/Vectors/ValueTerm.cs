using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>x</c>.</summary>
internal readonly unsafe struct ValueTerm(float* x) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        return sum + T.Load(x + index);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        return sum + Tail.Load<T>(x + index, count);
    }
}
