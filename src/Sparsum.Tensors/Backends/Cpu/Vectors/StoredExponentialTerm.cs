using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>e^(x - shift)</c>, which takes the place of x.</summary>
internal readonly unsafe struct StoredExponentialTerm(float* x, float shift) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Add<T>(T sum, nint index)
        where T : struct, IVector<T>
    {
        var value = VectorMath.Exp(T.Load(x + index) - T.Create(shift));
        value.Store(x + index);
        return sum + value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>
    {
        var value = VectorMath.Exp(Tail.Load<T>(x + index, count, float.NegativeInfinity) - T.Create(shift));
        Tail.Store(value, x + index, count);
        return sum + value;
    }
}
