namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>The keys or values of one head, row after row, from some row on.</summary>
internal readonly unsafe struct HeadRows
{
    /// <summary>The first number of the first row.</summary>
    public required byte* Values { get; init; }

    /// <summary>Bytes from a row to the next.</summary>
    public required nint Stride { get; init; }

    /// <summary>The factor of the first row; null where numbers stand for themselves.</summary>
    public float* Factors { get; init; }

    /// <summary>Floats from the factor of a row to that of the next.</summary>
    public nint FactorStride { get; init; }

    /// <summary>The rows from a later one on.</summary>
    public HeadRows From(int row) => new()
    {
        Values = Values + (row * Stride),
        Stride = Stride,
        Factors = Factors is null ? null : Factors + (row * FactorStride),
        FactorStride = FactorStride,
    };
}
