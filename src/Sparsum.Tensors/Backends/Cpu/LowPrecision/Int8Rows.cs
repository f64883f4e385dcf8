using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Rows of numbers as 8-bit integers with one factor for all of a row: with its largest magnitude m, a value is off by at most m / 254. Weights
/// and inputs are rounded alike. What rounding leaves may be kept as integers too, in units of 1 / 254 of the first: then a value is off by at most
/// m / 129,032.
/// </summary>
internal static unsafe class Int8Rows
{
    /// <summary>Integers that lie together, which is what a tile register has in a row.</summary>
    public const int ChunkSize = 64;

    /// <summary>Columns whose products fit into a sum of 32 bits whatever they are.</summary>
    public const int MostColumns = int.MaxValue / (127 * 127);

    /// <summary>Units of rests in one of integers: half of one, the largest rest, is the largest integer.</summary>
    public const float RestsOfOne = 2 * Int8Blocks.Largest;

    /// <summary>Chunks of a row, the last one filled up with zeros.</summary>
    public static int Chunks(int columns) => GemmPass.CeilingDivide(columns, ChunkSize);

    /// <summary>Rounds a row and returns its factor: NaN where a value is not finite.</summary>
    /// <param name="values">The row.</param>
    /// <param name="columns">Its length.</param>
    /// <param name="integers">Receives the first of <see cref="Chunks"/>.</param>
    /// <param name="rests">Receives the first chunk of what rounding leaves, or is null.</param>
    /// <param name="chunkStride">Bytes from one chunk to the next.</param>
    /// <param name="offset">What is added to every integer: 0 or 128.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Quantize(float* values, int columns, byte* integers, byte* rests, nint chunkStride, int offset)
    {
        uint most = LargestBits(values, columns);
        float largest = BitConverter.UInt32BitsToSingle(most);
        bool isNumber = most < Int8Blocks.Infinity;
        float inverse = isNumber && largest >= Int8Blocks.Least ? Int8Blocks.Largest / largest : 0;
        float* last = stackalloc float[ChunkSize];
        var flip = Vector256.Create((byte)offset);
        bool hasRests = rests is not null;
        for (int start = 0; start < columns; start += ChunkSize, integers += chunkStride, rests += chunkStride)
        {
            float* x = values + start;
            if (start + ChunkSize > columns)
            {
                new Span<float>(last, ChunkSize).Clear();
                new Span<float>(x, columns - start).CopyTo(new Span<float>(last, ChunkSize));
                x = last;
            }

            for (int half = 0; half < ChunkSize; half += Vector256<byte>.Count)
            {
                // A row that is not a number may hold any: it is written as zeros.
                var (a, b, c, d) = inverse == 0
                    ? (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero)
                    : (Scale(x + half, inverse), Scale(x + half + 8, inverse), Scale(x + half + 16, inverse), Scale(x + half + 24, inverse));
                (Round(a, b, c, d) ^ flip).Store(integers + half);
                if (hasRests)
                {
                    (Round(Rest(a), Rest(b), Rest(c), Rest(d)) ^ flip).Store(rests + half);
                }
            }
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
    private static Vector256<float> Scale(float* x, float inverse) => Vector256.Load(x) * Vector256.Create(inverse);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Rest(Vector256<float> scaled) => (scaled - Vector256.Round(scaled)) * Vector256.Create(RestsOfOne);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Round(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) =>
        Int8Blocks.Narrow(Int8Blocks.Nearest(a), Int8Blocks.Nearest(b), Int8Blocks.Nearest(c), Int8Blocks.Nearest(d)).AsByte();
}
