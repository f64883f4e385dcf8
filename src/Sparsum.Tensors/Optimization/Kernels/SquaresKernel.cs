using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>Squares of one row of a gradient, and of its sum with the penalty's, which is never stored.</summary>
internal readonly unsafe struct SquaresKernel(
    float* weight, float* gradient, float* coefficients, float coefficient, nint count, bool hasPenalty)
{
    /// <summary>The two sums; equal without a penalty.</summary>
    public GradientSquares Compute()
    {
        GradientSquares result = default;
        Kernel.Run(new Pass(weight, gradient, coefficients, coefficient, count, hasPenalty, &result));
        return result;
    }

    private readonly struct Pass(
        float* weight, float* gradient, float* coefficients, float coefficient, nint count, bool hasPenalty, GradientSquares* result) : IKernel
    {
        /// <inheritdoc/>
        public void Run<T>()
            where T : struct, IVector<T>
        {
            double task = Reduction.Sum<Square, T>(new Square(gradient), count);
            double total = hasPenalty
                ? Reduction.Sum<PulledSquare, T>(new PulledSquare(weight, gradient, coefficients, coefficient), count)
                : task;
            *result = new GradientSquares(task, total);
        }
    }

    private readonly struct Square(float* x) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, nint index)
            where T : struct, IVector<T>
        {
            var value = T.Load(x + index);
            return T.MultiplyAdd(value, value, sum);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T AddTail<T>(T sum, nint index, nint count)
            where T : struct, IVector<T>
        {
            var value = Tail.Load<T>(x + index, count);
            return T.MultiplyAdd(value, value, sum);
        }
    }

    private readonly struct PulledSquare(float* weight, float* gradient, float* coefficients, float coefficient) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, nint index)
            where T : struct, IVector<T>
        {
            var c = coefficients is null ? T.Create(coefficient) : T.Load(coefficients + index);
            return Add(sum, T.Load(weight + index), T.Load(gradient + index), c);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T AddTail<T>(T sum, nint index, nint count)
            where T : struct, IVector<T>
        {
            var c = coefficients is null ? T.Create(coefficient) : Tail.Load<T>(coefficients + index, count);
            return Add(sum, Tail.Load<T>(weight + index, count), Tail.Load<T>(gradient + index, count), c);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Add<T>(T sum, T w, T g, T c)
            where T : struct, IVector<T>
        {
            var zero = T.Create(0);
            var value = g + T.SelectLess(zero, T.Abs(w), T.CopySign(c, w), zero);
            return T.MultiplyAdd(value, value, sum);
        }
    }
}
