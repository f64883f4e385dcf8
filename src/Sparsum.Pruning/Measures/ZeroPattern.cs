using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.Measures;

/// <summary>Where a matrix, or a part of it, has nonzeros.</summary>
/// <param name="LiveRows">For each row of the whole matrix whether the part has a nonzero in it.</param>
/// <param name="LiveColumns">For each column of the whole matrix whether the part has a nonzero in it.</param>
/// <param name="NonZeros">Nonzeros of the part.</param>
internal sealed record ZeroPattern(bool[] LiveRows, bool[] LiveColumns, long NonZeros)
{
    /// <summary>Looks at a matrix.</summary>
    /// <param name="weight">The whole matrix.</param>
    /// <param name="rows">Rows of the part; null means all.</param>
    /// <param name="columns">Columns of the part; null means all.</param>
    /// <param name="limit">The magnitude below which a weight counts as zero.</param>
    public static ZeroPattern Of(
        Tensor weight, IReadOnlyList<int>? rows = null, IReadOnlyList<int>? columns = null, float limit = Zeros.Exact)
    {
        var (ofRows, ofColumns) = Zeros.Degrees(weight, limit, rows, columns);
        return new ZeroPattern(
            Array.ConvertAll(ofRows, degree => degree > 0), Array.ConvertAll(ofColumns, degree => degree > 0), ofRows.Sum(degree => (long)degree));
    }
}
