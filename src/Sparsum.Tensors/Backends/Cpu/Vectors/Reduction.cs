using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>
/// Sums whose order is a property of their length alone: 64 partial sums, combined as a tree, whatever the width of the vectors that hold
/// them. Narrow vectors visit the row once per group of lanes. Stretches of 4096 terms are added in double precision.
/// </summary>
internal static unsafe class Reduction
{
    /// <summary>Lanes of the widest vector. Narrower ones take them in groups.</summary>
    public const int Lanes = 16;

    private const int Stretch = 4096;

    /// <summary>The sum of <paramref name="count"/> terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum<TTerm, T>(TTerm term, nint count)
        where TTerm : struct, ITerm
        where T : struct, IVector<T>
    {
        float* lanes = stackalloc float[Lanes];
        double sum = 0;
        for (nint start = 0; start < count; start += Stretch)
        {
            nint end = start + Stretch < count ? start + Stretch : count;
            for (int lane = 0; lane < Lanes; lane += T.Count)
            {
                var (a, b, c, d) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
                nint i = start + lane;
                for (; i - lane <= end - (4 * Lanes); i += 4 * Lanes)
                {
                    a = term.Add(a, i);
                    b = term.Add(b, i + Lanes);
                    c = term.Add(c, i + (2 * Lanes));
                    d = term.Add(d, i + (3 * Lanes));
                }

                for (; i - lane <= end - Lanes; i += Lanes)
                {
                    a = term.Add(a, i);
                }

                // The rest is added in memory, so that no register has to survive the calls for it.
                ((a + b) + (c + d)).Store(lanes + lane);
                if (i <= end - T.Count)
                {
                    term.Add(T.Load(lanes + lane), i).Store(lanes + lane);
                }
                else if (i < end)
                {
                    term.AddTail(T.Load(lanes + lane), i, end - i).Store(lanes + lane);
                }
            }

            sum += Fold(lanes);
        }

        return sum;
    }

    /// <summary>The largest of <paramref name="count"/> values; negative infinity of none. NaN may or may not be passed over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max<T>(float* values, nint count)
        where T : struct, IVector<T>
    {
        var (a, b) = (T.Create(float.NegativeInfinity), T.Create(float.NegativeInfinity));
        nint i = 0;
        for (; i <= count - (2 * T.Count); i += 2 * T.Count)
        {
            a = T.Max(a, T.Load(values + i));
            b = T.Max(b, T.Load(values + i + T.Count));
        }

        float* lanes = stackalloc float[Lanes];
        T.Max(a, b).Store(lanes);
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < T.Count; lane++)
        {
            largest = lanes[lane] > largest ? lanes[lane] : largest;
        }

        for (; i < count; i++)
        {
            largest = values[i] > largest ? values[i] : largest;
        }

        return largest;
    }

    /// <summary>Sums 16 lanes: halves onto halves, whatever registers there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(float* lanes)
    {
        var four = (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));
        return (four[0] + four[2]) + (four[1] + four[3]);
    }
}
