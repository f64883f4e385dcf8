using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>
/// Rotates the heads of one token: features <c>i</c> and <c>i + half</c> of each head by the angle whose cosine and sine are given,
/// the other way round when the direction is -1.
/// </summary>
internal readonly unsafe struct RotationKernel(
    float* token, nint heads, nint headSize, float* cosines, float* sines, nint half, float direction) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint head = 0; head < heads; head++)
        {
            float* first = token + (head * headSize);
            float* second = first + half;
            nint i = 0;
            for (; i <= half - T.Count; i += T.Count)
            {
                var (a, b) = Rotate(T.Load(first + i), T.Load(second + i), T.Load(cosines + i), T.Load(sines + i) * T.Create(direction));
                a.Store(first + i);
                b.Store(second + i);
            }

            if (i < half)
            {
                nint count = half - i;
                var (a, b) = Rotate(
                    Tail.Load<T>(first + i, count),
                    Tail.Load<T>(second + i, count),
                    Tail.Load<T>(cosines + i, count),
                    Tail.Load<T>(sines + i, count) * T.Create(direction));
                Tail.Store(a, first + i, count);
                Tail.Store(b, second + i, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T First, T Second) Rotate<T>(T a, T b, T cosine, T sine)
        where T : struct, IVector<T> =>
        ((a * cosine) - (b * sine), (b * cosine) + (a * sine));
}
