using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.LowPrecision;

/// <summary>Adds up memory as fast as it can be read: the bound of everything that reads each weight once.</summary>
internal static unsafe class PlainRead
{
    private const int Piece = 1 << 16;
    private static readonly WorkerPool[] Pools = new WorkerPool[65];

    public static void Run(CpuBackend backend, Tensor memory)
    {
        var pool = Pools[backend.Threads] ??= new WorkerPool(backend.Threads);
        float* start = memory.Pointer;
        pool.For((int)(memory.Length / Piece), (piece, _) => Read(start + ((nint)piece * Piece)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Read(float* p)
    {
        var (a, b, c, d) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
        for (int i = 0; i < Piece; i += 32)
        {
            a += Vector256.Load(p + i);
            b += Vector256.Load(p + i + 8);
            c += Vector256.Load(p + i + 16);
            d += Vector256.Load(p + i + 24);
        }

        return Vector256.Sum(a + b + c + d);
    }
}
