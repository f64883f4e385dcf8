using System.Numerics.Tensors;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A matrix stored as 8-bit numbers with scales: <c>weight = (stored - zero point) * scale</c>. Each scale serves a block of
/// <paramref name="BlockRows"/> by <paramref name="BlockColumns"/> weights; blocks at the lower and right edge are smaller.
/// </summary>
/// <param name="Info">The matrix as it is stored.</param>
/// <param name="ScaleName">The tensor of the scales.</param>
/// <param name="ZeroPointName">The tensor of the zero points, of the shape of the scales; null where they are 0.</param>
/// <param name="BlockRows">Rows of a block.</param>
/// <param name="BlockColumns">Columns of a block.</param>
/// <param name="PackedBits">Bits of a number where several share an integer; null where each has a byte.</param>
internal sealed record QuantizedMatrix(
    TensorInfo Info, string ScaleName, string? ZeroPointName, int BlockRows, int BlockColumns, int? PackedBits = null)
{
    /// <summary>Rows of the matrix.</summary>
    public int Rows => Info.Shape[0];

    /// <summary>Columns of the matrix.</summary>
    public int Columns => Info.Shape[1];

    /// <summary>Whether numbers are integers that a scale alone makes weights of.</summary>
    public bool IsSymmetric => ZeroPointName is null && (PackedBits is not null || Info.DataType == TensorDataType.I8);

    /// <summary>Scales side by side.</summary>
    public int ScaleColumns => Count(Columns, BlockColumns);

    /// <summary>
    /// Finds the block that belongs to scales: one for all, one per row, or blocks of the size that the configuration names.
    /// </summary>
    /// <exception cref="CheckpointException">The scales do not fit the matrix.</exception>
    public static QuantizedMatrix Create(TensorInfo info, TensorInfo scale, TensorInfo? zeroPoint, QuantizationConfig? config, string file)
    {
        if (info.Shape.Count != 2)
        {
            throw QuantizationConfig.Refused(file, $"'{info.Name}' with {info.Shape.Count} dimensions");
        }

        int[] scales = scale.Shape.Count switch
        {
            0 => [1, 1],
            1 => [scale.Shape[0], 1],
            2 => [scale.Shape[0], scale.Shape[1]],
            _ => [0, 0],
        };
        var (rows, columns) = (Side(info.Shape[0], scales[0], config?.BlockRows), Side(info.Shape[1], scales[1], config?.BlockColumns));
        if (rows == 0 || columns == 0 || (zeroPoint is not null && !zeroPoint.Shape.SequenceEqual(scale.Shape)))
        {
            throw new CheckpointException("scale-mismatch", $"The scales of '{info.Name}' do not fit it.")
            {
                File = file,
                Found = $"'{scale.Name}' [{string.Join(", ", scale.Shape)}] for [{string.Join(", ", info.Shape)}]",
                Expected = config is { BlockRows: { } height, BlockColumns: { } width }
                    ? $"one scale, one per row, or one per block of {height} x {width}"
                    : "one scale, one per row, or one per block of a size that the configuration names",
                Hint = "Check that config.json and the weights belong together.",
            };
        }

        return new QuantizedMatrix(info, scale.Name, zeroPoint?.Name, rows, columns, config?.PackedBits);
    }

    /// <summary>Applies scales to stored numbers of whole rows, in place.</summary>
    /// <param name="values">The numbers, <c>[rows, columns]</c>.</param>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="scales">All scales.</param>
    /// <param name="zeroPoints">All zero points; empty where they are 0.</param>
    public void Apply(Span<float> values, int firstRow, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeroPoints)
    {
        for (int row = 0; row < (Columns == 0 ? 0 : values.Length / Columns); row++)
        {
            int scale = (firstRow + row) / BlockRows * ScaleColumns;
            for (int column = 0; column < Columns; column += BlockColumns, scale++)
            {
                var part = values.Slice((row * Columns) + column, Math.Min(BlockColumns, Columns - column));
                if (!zeroPoints.IsEmpty)
                {
                    TensorPrimitives.Subtract(part, zeroPoints[scale], part);
                }

                TensorPrimitives.Multiply(part, scales[scale], part);
            }
        }
    }

    /// <summary>The length of a block along one side, 0 if none fits.</summary>
    private static int Side(int size, int scales, int? named)
    {
        // One scale serves the whole side and as many as the side is long one each; what lies between, only the configuration can tell.
        return scales == 1 ? Math.Max(1, size)
            : scales == size ? 1
            : named is { } block && Count(size, block) == scales ? block
            : 0;
    }

    private static int Count(int size, int block) => (size + block - 1) / block;
}
