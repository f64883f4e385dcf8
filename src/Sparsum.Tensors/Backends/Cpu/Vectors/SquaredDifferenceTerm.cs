using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>(x - center)²</c>.</summary>
internal readonly unsafe struct SquaredDifferenceTerm(float* x, float center) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        var difference = T.Load(x + index) - T.Create(center);
        return T.MultiplyAdd(difference, difference, sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        var difference = Tail.Load<T>(x + index, count, center) - T.Create(center);
        return T.MultiplyAdd(difference, difference, sum);
    }
}
