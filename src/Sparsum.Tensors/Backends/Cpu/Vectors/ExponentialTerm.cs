using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>e^(x - shift)</c>, not stored.</summary>
internal readonly unsafe struct ExponentialTerm(float* x, float shift) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T At<T>(nint index)
        where T : struct, IVector<T>
    {
        return VectorMath.Exp(T.Load(x + index) - T.Create(shift));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T TailAt<T>(nint index, nint count)
        where T : struct, IVector<T>
    {
        return VectorMath.Exp(Tail.Load<T>(x + index, count, float.NegativeInfinity) - T.Create(shift));
    }
}
