using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// <see cref="SoftmaxGradientKernel"/> where dropout lies between probabilities and context. Probabilities p that were dropped come negative.
/// Gradients e of the dropped probabilities become those of the scores, <c>factor * |p| (d - Σ p d)</c> with d = 0 where dropped and
/// <c>e * kept</c> elsewhere; probabilities become what dropout left of them, 0 or <c>p * kept</c>.
/// </summary>
internal readonly unsafe struct DroppedSoftmaxGradientKernel(
    float* probabilities, float* gradients, nint count, float kept, float factor) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* p = probabilities;
        float* d = gradients;
        nint n = count;
        var mean = T.Create((float)Reduction.Sum<Term, T>(new Term(p, d, kept), n));
        var scale = T.Create(factor);
        nint i = 0;
        for (; i <= n - T.Count; i += T.Count)
        {
            var weight = T.Load(p + i);
            ((T.Load(d + i) - mean) * T.Abs(weight) * scale).Store(d + i);
            Left(weight).Store(p + i);
        }

        if (i < n)
        {
            nint rest = n - i;
            var weight = Tail.Load<T>(p + i, rest);
            Tail.Store((Tail.Load<T>(d + i, rest) - mean) * T.Abs(weight) * scale, d + i, rest);
            Tail.Store(Left(weight), p + i, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Left<T>(T weight)
        where T : struct, IVector<T> =>
        T.Max(T.Create(0), weight) * T.Create(kept);

    /// <summary><c>p d</c>; d takes the place of e.</summary>
    private readonly struct Term(float* p, float* e, float kept) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, nint index)
            where T : struct, IVector<T>
        {
            var weight = T.Load(p + index);
            var gradient = Through(weight, T.Load(e + index));
            gradient.Store(e + index);
            return T.MultiplyAdd(weight, gradient, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T AddTail<T>(T sum, nint index, nint count)
            where T : struct, IVector<T>
        {
            var weight = Tail.Load<T>(p + index, count);
            var gradient = Through(weight, Tail.Load<T>(e + index, count));
            Tail.Store(gradient, e + index, count);
            return T.MultiplyAdd(weight, gradient, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Through<T>(T weight, T gradient)
            where T : struct, IVector<T> =>
            T.SelectLess(weight, T.Create(0), T.Create(0), gradient * T.Create(kept));
    }
}
