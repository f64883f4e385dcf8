using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>x * (scale + offset) * (y - center)</c>; without a scale, <c>x * (y - center)</c>.</summary>
internal readonly unsafe struct ScaledProductTerm(float* x, float* scale, float offset, float* y, float center) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        var value = T.Load(x + index);
        var scaled = scale is null ? value : value * (T.Load(scale + index) + T.Create(offset));
        return T.MultiplyAdd(scaled, T.Load(y + index) - T.Create(center), sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        var value = Tail.Load<T>(x + index, count);
        var scaled = scale is null ? value : value * (Tail.Load<T>(scale + index, count) + T.Create(offset));
        return T.MultiplyAdd(scaled, Tail.Load<T>(y + index, count, center) - T.Create(center), sum);
    }
}
