namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>The terms of a sum over a row. A term may also store what it computed.</summary>
internal interface ITerm
{
    /// <summary>The terms from <paramref name="index"/> on, one per lane.</summary>
    T At<T>(nint index)
        where T : struct, IVector<T>;

    /// <summary>The first <paramref name="count"/> of them; the other lanes are zero.</summary>
    T TailAt<T>(nint index, nint count)
        where T : struct, IVector<T>;
}
