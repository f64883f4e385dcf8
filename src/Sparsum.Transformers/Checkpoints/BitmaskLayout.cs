namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// The parts by which a checkpoint holds a sparse matrix T: <c>T.shape</c>, the nonzero values <c>T.compressed</c> row after row, one bit
/// per element <c>T.bitmask</c>, and where each row begins among the values, <c>T.row_offsets</c>. These are the parts of the format
/// <c>sparse-bitmask</c> of the compressed-tensors library. What equals zero has no bit set, so that reading gives back the very same
/// bits but for the sign of zeros.
/// </summary>
/// <param name="Name">The matrix.</param>
/// <param name="DataType">Type of its values.</param>
/// <param name="Rows">Rows as stored.</param>
/// <param name="Columns">Columns as stored.</param>
/// <param name="NonZeros">Values that are not zero.</param>
public sealed record BitmaskLayout(string Name, TensorDataType DataType, int Rows, int Columns, int NonZeros)
{
    internal const string ShapeSuffix = ".shape";
    internal const string ValuesSuffix = ".compressed";
    internal const string BitmaskSuffix = ".bitmask";
    internal const string OffsetsSuffix = ".row_offsets";

    /// <summary>Bytes of one row of the bitmask; bit <c>c % 8</c> of byte <c>c / 8</c>, from the lowest, is column <c>c</c>.</summary>
    public int BytesPerRow => (Columns + 7) / 8;

    /// <summary>The parts in the order in which they are written.</summary>
    public IReadOnlyList<TensorInfo> Parts =>
    [
        new(Name + ShapeSuffix, TensorDataType.I64, [2]),
        new(Name + ValuesSuffix, DataType, [NonZeros]),
        new(Name + BitmaskSuffix, TensorDataType.U8, [Rows, BytesPerRow]),
        new(Name + OffsetsSuffix, TensorDataType.I64, [Rows]),
    ];

    /// <summary>Bytes of all parts.</summary>
    public long ByteCount => Parts.Sum(part => part.ByteCount);
}
