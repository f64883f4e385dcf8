using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>e^(x - shift)</c>, not stored.</summary>
internal readonly unsafe struct ExponentialTerm(float* x, float shift) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        return sum + VectorMath.Exp(T.Load(x + index) - T.Create(shift));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        return sum + VectorMath.Exp(Tail.Load<T>(x + index, count, float.NegativeInfinity) - T.Create(shift));
    }
}
