using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>Sums the magnitudes of a row and counts those near zero; with <paramref name="columns"/> also column by column.</summary>
/// <param name="row">The row.</param>
/// <param name="count">Its length.</param>
/// <param name="epsilon">Magnitudes below are near zero.</param>
/// <param name="columns">To be added to: <paramref name="count"/> sums, then as many counts; null for none.</param>
internal readonly unsafe struct MagnitudeKernel(float* row, nint count, float epsilon, float* columns)
{
    /// <summary>The sum of magnitudes and the number near zero.</summary>
    public (double Sum, int NearZero) Compute()
    {
        (double Sum, double NearZero) result = default;
        Kernel.Run(new Pass(row, count, epsilon, columns, &result));
        return (result.Sum, (int)result.NearZero);
    }

    private readonly struct Pass(float* row, nint count, float epsilon, float* columns, (double Sum, double NearZero)* result) : IKernel
    {
        /// <inheritdoc/>
        public void Run<T>()
            where T : struct, IVector<T>
        {
            *result = (Reduction.Sum<Magnitude, T>(new Magnitude(row), count), Reduction.Sum<NearZero, T>(new NearZero(row, epsilon), count));
            if (columns is not null)
            {
                nint whole = count - (count % T.Count);
                AddColumns<T>(0, whole);
                AddColumns<Float32>(whole, count);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddColumns<T>(nint start, nint end)
            where T : struct, IVector<T>
        {
            float* sums = columns;
            float* counts = columns + count;
            var (limit, one, zero) = (T.Create(epsilon), T.Create(1), T.Create(0));
            for (nint i = start; i < end; i += T.Count)
            {
                var magnitude = T.Abs(T.Load(row + i));
                (T.Load(sums + i) + magnitude).Store(sums + i);
                (T.Load(counts + i) + T.SelectLess(magnitude, limit, one, zero)).Store(counts + i);
            }
        }
    }

    private readonly struct Magnitude(float* x) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, nint index)
            where T : struct, IVector<T> => sum + T.Abs(T.Load(x + index));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T AddTail<T>(T sum, nint index, nint count)
            where T : struct, IVector<T> => sum + T.Abs(Tail.Load<T>(x + index, count));
    }

    private readonly struct NearZero(float* x, float epsilon) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, nint index)
            where T : struct, IVector<T> => sum + Count(T.Load(x + index));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T AddTail<T>(T sum, nint index, nint count)
            where T : struct, IVector<T> => sum + Count(Tail.Load<T>(x + index, count, float.PositiveInfinity));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Count<T>(T value)
            where T : struct, IVector<T> => T.SelectLess(T.Abs(value), T.Create(epsilon), T.Create(1), T.Create(0));
    }
}
