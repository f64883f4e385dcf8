using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Rows of numbers as 8-bit integers with one factor for all of a row: with its largest magnitude m, a value is off by at most m / 254. Weights
/// and inputs are rounded alike.
/// </summary>
internal static unsafe class Int8Rows
{
    /// <summary>Integers that lie together, which is what a tile register has in a row.</summary>
    public const int ChunkSize = 64;

    /// <summary>Columns whose products fit into a sum of 32 bits whatever they are.</summary>
    public const int MostColumns = int.MaxValue / (127 * 127);

    /// <summary>Chunks of a row, the last one filled up with zeros.</summary>
    public static int Chunks(int columns) => GemmPass.CeilingDivide(columns, ChunkSize);

    /// <summary>Rounds a row and returns its factor: NaN where a value is not finite.</summary>
    /// <param name="values">The row.</param>
    /// <param name="columns">Its length.</param>
    /// <param name="integers">Receives the first of <see cref="Chunks"/>.</param>
    /// <param name="chunkStride">Bytes from one chunk to the next.</param>
    /// <param name="offset">What is added to every integer: 0 or 128.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Quantize(float* values, int columns, byte* integers, nint chunkStride, int offset)
    {
        uint most = LargestBits(values, columns);
        float largest = BitConverter.UInt32BitsToSingle(most);
        bool isNumber = most < Int8Blocks.Infinity;
        float inverse = isNumber && largest >= Int8Blocks.Least ? Int8Blocks.Largest / largest : 0;
        float* last = stackalloc float[ChunkSize];
        var flip = Vector256.Create((byte)offset);
        for (int start = 0; start < columns; start += ChunkSize, integers += chunkStride)
        {
            if (inverse == 0)
            {
                new Span<byte>(integers, ChunkSize).Fill((byte)offset);
                continue;
            }

            float* x = values + start;
            if (start + ChunkSize > columns)
            {
                new Span<float>(last, ChunkSize).Clear();
                new Span<float>(x, columns - start).CopyTo(new Span<float>(last, ChunkSize));
                x = last;
            }

            (Round(x, inverse) ^ flip).Store(integers);
            (Round(x + Vector256<byte>.Count, inverse) ^ flip).Store(integers + Vector256<byte>.Count);
        }

        return isNumber ? largest < Int8Blocks.Least ? 0 : largest / Int8Blocks.Largest : float.NaN;
    }

    /// <summary>The bits of the largest magnitude. Magnitudes order as their bits do, and above all of them stand infinity and NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint LargestBits(float* values, int columns)
    {
        var (a, b) = (Vector256<uint>.Zero, Vector256<uint>.Zero);
        int column = 0;
        for (; column <= columns - (2 * Vector256<uint>.Count); column += 2 * Vector256<uint>.Count)
        {
            a = Vector256.Max(a, Int8Blocks.Magnitude(Vector256.Load(values + column)));
            b = Vector256.Max(b, Int8Blocks.Magnitude(Vector256.Load(values + column + Vector256<uint>.Count)));
        }

        a = Vector256.Max(a, b);
        uint most = 0;
        for (int lane = 0; lane < Vector256<uint>.Count; lane++)
        {
            most = Math.Max(most, a[lane]);
        }

        for (; column < columns; column++)
        {
            most = Math.Max(most, BitConverter.SingleToUInt32Bits(MathF.Abs(values[column])));
        }

        return most;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Round(float* x, float inverse)
    {
        var scale = Vector256.Create(inverse);
        return Int8Blocks.Narrow(
            Int8Blocks.Nearest(Vector256.Load(x) * scale),
            Int8Blocks.Nearest(Vector256.Load(x + 8) * scale),
            Int8Blocks.Nearest(Vector256.Load(x + 16) * scale),
            Int8Blocks.Nearest(Vector256.Load(x + 24) * scale)).AsByte();
    }
}
