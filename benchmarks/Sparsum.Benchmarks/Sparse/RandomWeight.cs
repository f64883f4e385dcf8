using Sparsum.Tensors;

namespace Sparsum.Benchmarks.Sparse;

/// <summary>Random matrices of which a share is zero.</summary>
internal static class RandomWeight
{
    /// <summary>
    /// <c>[rows, columns]</c> of values in [-1, 1); runs of <paramref name="group"/> rows are zero in the same columns.
    /// </summary>
    public static Tensor Create(int rows, int columns, double zeros, int group)
    {
        var random = new Random(rows + columns);
        var weight = Tensor.Allocate(rows, columns);
        bool[] isZero = new bool[columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                isZero[column] = row % group == 0 ? random.NextDouble() < zeros : isZero[column];
                weight.Row(row)[column] = isZero[column] ? 0 : (random.NextSingle() * 2) - 1;
            }
        }

        return weight;
    }
}
