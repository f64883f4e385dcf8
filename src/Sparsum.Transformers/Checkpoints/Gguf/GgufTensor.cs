namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Dimensions, outermost first: the reverse of the order in the file.</param>
public sealed record GgufTensor(string Name, GgufTensorType Type, IReadOnlyList<int> Shape)
{
    /// <summary>Elements of one row: the innermost dimension, along which blocks lie.</summary>
    public int RowElements => Shape[^1];

    /// <summary>Number of rows over all outer dimensions.</summary>
    public long RowCount => Shape.SkipLast(1).Aggregate(1L, (product, dimension) => product * dimension);

    /// <summary>Bytes of one row.</summary>
    public long RowBytes => Type.RowBytes(RowElements);

    /// <summary>Bytes of the whole tensor.</summary>
    public long ByteCount => RowCount * RowBytes;
}
