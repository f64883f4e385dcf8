namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>As many doubles as one register holds; see <see cref="Backends.Cpu.Vectors.IVector{TSelf}"/>.</summary>
internal unsafe interface IDoubleVector<TSelf>
    where TSelf : struct, IDoubleVector<TSelf>
{
    /// <summary>Lanes: 2, 4 or 8.</summary>
    static abstract int Count { get; }

    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Create(double value);

    /// <summary>Reads <see cref="Count"/> doubles.</summary>
    static abstract TSelf Load(double* source);

    /// <summary>Writes <see cref="Count"/> doubles.</summary>
    void Store(double* destination);

    /// <summary><c>left * right + addend</c>, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);
}
