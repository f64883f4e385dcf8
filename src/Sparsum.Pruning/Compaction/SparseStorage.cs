using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.Compaction;

/// <summary>Decides which matrices of a compact model are stored sparse.</summary>
internal static class SparseStorage
{
    /// <summary>
    /// Largest share of its dense bytes that a sparse matrix may take. A file that is hardly smaller is not worth being read by fewer
    /// programs. With one bit per element and 4 bytes per value it is met up to a density of 0.72, with 2 bytes up to 0.69.
    /// </summary>
    public const double LargestShare = 0.75;

    /// <summary>The sparse layout of a matrix; null where it stays dense.</summary>
    /// <param name="matrix">The matrix as it would be stored dense.</param>
    /// <param name="nonZeros">Its nonzeros.</param>
    public static BitmaskLayout? Choose(TensorInfo matrix, long nonZeros)
    {
        if (matrix.Shape.Count != 2 || matrix.ElementCount > int.MaxValue)
        {
            return null;
        }

        var layout = new BitmaskLayout(matrix.Name, matrix.DataType, matrix.Shape[0], matrix.Shape[1], (int)nonZeros);
        return layout.ByteCount <= LargestShare * matrix.ByteCount ? layout : null;
    }
}
