using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary><c>x</c>.</summary>
internal readonly unsafe struct ValueTerm(float* x) : ITerm
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T At<T>(nint index)
        where T : struct, IVector<T>
    {
        return T.Load(x + index);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T TailAt<T>(nint index, nint count)
        where T : struct, IVector<T>
    {
        return Tail.Load<T>(x + index, count);
    }
}
