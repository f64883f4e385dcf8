using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>x * (scale + offset)</c>; without a scale, <c>x</c>.</summary>
internal readonly unsafe struct ScaledTerm(float* x, float* scale, float offset) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        return scale is null ? sum + T.Load(x + index) : T.MultiplyAdd(T.Load(x + index), T.Load(scale + index) + T.Create(offset), sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        var value = Tail.Load<T>(x + index, count);
        return scale is null ? sum + value : T.MultiplyAdd(value, Tail.Load<T>(scale + index, count) + T.Create(offset), sum);
    }
}
