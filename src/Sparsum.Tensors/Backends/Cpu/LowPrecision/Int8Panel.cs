using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Rows of a weight as <see cref="Int8Tile"/> reads them: for each block of 32 columns a word per row that sums start at, a factor per row,
/// and, four columns at a time, a word of four bytes per row.
/// </summary>
internal static unsafe class Int8Panel
{
    /// <summary>Words of a block for each row.</summary>
    public const int WordsPerRow = Int8Tile.Steps + 2;

    /// <summary>Writes one row of a panel.</summary>
    /// <param name="integers">The row.</param>
    /// <param name="factors">Its factors in binary16, or null for a row of zeros.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="width">Rows of a panel.</param>
    /// <param name="inputOffset">What is added to every input.</param>
    /// <param name="target">The place of this row in the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteRow(sbyte* integers, ushort* factors, int blocks, int width, int inputOffset, int* target)
    {
        for (int block = 0; block < blocks; block++)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(integers));
            target[0] = Int8Tile.Start - (inputOffset * Vector256.Sum(low + high));
            ((float*)target)[width] = (float)BitConverter.UInt16BitsToHalf(factors[block]);
            target += 2 * width;
            for (int step = 0; step < Int8Tile.Steps; step++, target += width)
            {
                *target = ((int*)integers)[step];
            }

            integers += Int8Blocks.Size;
        }
    }
}
