namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>The terms of a sum over a row. A term may also store what it computed.</summary>
internal interface ITerm
{
    /// <summary>Adds the terms from <paramref name="index"/> on, one per lane.</summary>
    T Add<T>(T sum, nint index)
        where T : struct, IVector<T>;

    /// <summary>Adds the first <paramref name="count"/> of them; the other lanes of the sum stay as they are.</summary>
    T AddTail<T>(T sum, nint index, nint count)
        where T : struct, IVector<T>;
}
