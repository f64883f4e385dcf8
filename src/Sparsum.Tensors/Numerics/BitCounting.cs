using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Numerics;

/// <summary>Vectorised comparisons of many unsigned integers with one. All results are exact, whatever the vector width.</summary>
internal static class BitCounting
{
    /// <summary>Smallest and largest value; <c>(uint.MaxValue, 0)</c> of none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (uint Smallest, uint Largest) Range(ReadOnlySpan<uint> values)
    {
        ref uint first = ref MemoryMarshal.GetReference(values);
        uint smallest = uint.MaxValue;
        uint largest = 0;
        int i = 0;
        if (Vector512.IsHardwareAccelerated && values.Length >= 16)
        {
            var low = Vector512.Create(uint.MaxValue);
            var high = Vector512<uint>.Zero;
            for (; i <= values.Length - 16; i += 16)
            {
                var value = Vector512.LoadUnsafe(ref first, (nuint)i);
                low = Vector512.Min(low, value);
                high = Vector512.Max(high, value);
            }

            Fold(Vector256.Min(low.GetLower(), low.GetUpper()), Vector256.Max(high.GetLower(), high.GetUpper()));
        }
        else if (Vector128.IsHardwareAccelerated && values.Length >= 8)
        {
            var low = Vector256.Create(uint.MaxValue);
            var high = Vector256<uint>.Zero;
            for (; i <= values.Length - 8; i += 8)
            {
                var value = Vector256.LoadUnsafe(ref first, (nuint)i);
                low = Vector256.Min(low, value);
                high = Vector256.Max(high, value);
            }

            Fold(low, high);
        }

        for (; i < values.Length; i++)
        {
            smallest = Math.Min(smallest, values[i]);
            largest = Math.Max(largest, values[i]);
        }

        return (smallest, largest);

        void Fold(Vector256<uint> low, Vector256<uint> high)
        {
            for (int lane = 0; lane < 8; lane++)
            {
                smallest = Math.Min(smallest, low[lane]);
                largest = Math.Max(largest, high[lane]);
            }
        }
    }

    /// <summary>How many values are at most <paramref name="limit"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CountUpTo(ReadOnlySpan<uint> values, uint limit)
    {
        ref uint first = ref MemoryMarshal.GetReference(values);
        uint count = 0;
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var bound = Vector512.Create(limit);
            var (a, b, c, d) = (Vector512<uint>.Zero, Vector512<uint>.Zero, Vector512<uint>.Zero, Vector512<uint>.Zero);
            for (; i <= values.Length - 64; i += 64)
            {
                a -= Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref first, (nuint)i), bound);
                b -= Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref first, (nuint)i + 16), bound);
                c -= Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref first, (nuint)i + 32), bound);
                d -= Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref first, (nuint)i + 48), bound);
            }

            count = Vector512.Sum(a + b + c + d);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            var bound = Vector256.Create(limit);
            var (a, b) = (Vector256<uint>.Zero, Vector256<uint>.Zero);
            for (; i <= values.Length - 16; i += 16)
            {
                a -= Vector256.LessThanOrEqual(Vector256.LoadUnsafe(ref first, (nuint)i), bound);
                b -= Vector256.LessThanOrEqual(Vector256.LoadUnsafe(ref first, (nuint)i + 8), bound);
            }

            count = Vector256.Sum(a + b);
        }

        for (; i < values.Length; i++)
        {
            count += values[i] <= limit ? 1u : 0u;
        }

        return (int)count;
    }

    /// <summary>Marks exactly the values below <paramref name="limit"/> and returns their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int MarkBelow(ReadOnlySpan<uint> values, uint limit, Span<bool> marks)
    {
        ref uint first = ref MemoryMarshal.GetReference(values);
        ref byte mark = ref Unsafe.As<bool, byte>(ref MemoryMarshal.GetReference(marks));
        int count = 0;
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            var bound = Vector128.Create(limit);
            for (; i <= values.Length - 16; i += 16)
            {
                var below = Vector128.Narrow(
                    Vector128.Narrow(Below(ref first, i, bound), Below(ref first, i + 4, bound)),
                    Vector128.Narrow(Below(ref first, i + 8, bound), Below(ref first, i + 12, bound)));
                (below & Vector128<byte>.One).StoreUnsafe(ref mark, (nuint)i);
                count += BitOperations.PopCount(below.ExtractMostSignificantBits());
            }
        }

        for (; i < values.Length; i++)
        {
            marks[i] = values[i] < limit;
            count += marks[i] ? 1 : 0;
        }

        return count;

        static Vector128<uint> Below(ref uint first, int i, Vector128<uint> bound) =>
            Vector128.LessThan(Vector128.LoadUnsafe(ref first, (nuint)i), bound);
    }
}
