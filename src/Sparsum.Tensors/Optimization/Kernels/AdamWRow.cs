using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>AdamW over one row, in one pass over weight, gradient and moments. Every lane rounds alike at any vector width.</summary>
internal static unsafe class AdamWRow
{
    /// <summary>What one row reads and writes.</summary>
    /// <param name="weight">Read and written.</param>
    /// <param name="gradient">Read.</param>
    /// <param name="first">First moment, read and written.</param>
    /// <param name="second">Second moment, read and written.</param>
    /// <param name="coefficients">Penalty coefficients per element; null when the row has one for all.</param>
    /// <param name="coefficient">Penalty coefficient of the row.</param>
    /// <param name="count">Elements.</param>
    internal readonly struct Memory(
        float* weight, float* gradient, float* first, float* second, float* coefficients, float coefficient, nint count)
    {
        public readonly float* Weight = weight;
        public readonly float* Gradient = gradient;
        public readonly float* First = first;
        public readonly float* Second = second;
        public readonly float* Coefficients = coefficients;
        public readonly float Coefficient = coefficient;
        public readonly nint Count = count;
    }

    /// <summary>Runs the row.</summary>
    public static void Run(PenaltyMode mode, in Memory memory, in AdamWConstants constants)
    {
        switch (mode)
        {
            case PenaltyMode.ClipAtZero:
                Kernel.Run(new Pass<ClipAtZeroRule>(memory, constants));
                break;
            case PenaltyMode.Proximal:
                Kernel.Run(new Pass<ProximalRule>(memory, constants));
                break;
            default:
                Kernel.Run(new Pass<CoupledRule>(memory, constants));
                break;
        }
    }

    private readonly struct Pass<TRule>(Memory memory, AdamWConstants constants) : IKernel
        where TRule : struct, IPenaltyRule
    {
        /// <inheritdoc/>
        public void Run<T>()
            where T : struct, IVector<T>
        {
            nint whole = memory.Count - (memory.Count % T.Count);
            Range<T>(0, whole);
            Range<Float32>(whole, memory.Count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Range<T>(nint start, nint end)
            where T : struct, IVector<T>
        {
            float* w = memory.Weight;
            float* g = memory.Gradient;
            float* m = memory.First;
            float* v = memory.Second;
            float* columns = memory.Coefficients;
            var zero = T.Create(0);
            var scale = T.Create(constants.Scale);
            var beta1 = T.Create(constants.Beta1);
            var beta2 = T.Create(constants.Beta2);
            var new1 = T.Create(constants.NewShare1);
            var new2 = T.Create(constants.NewShare2);
            var rate = T.Create(constants.Rate);
            var step = T.Create(constants.Step);
            var correction = T.Create(constants.RootCorrection);
            var epsilon = T.Create(constants.Epsilon);
            var decay = T.Create(constants.Decay);
            var coefficient = T.Create(memory.Coefficient);
            for (nint i = start; i < end; i += T.Count)
            {
                if (columns is not null)
                {
                    coefficient = T.Load(columns + i);
                }

                var weight = T.Load(w + i);
                var task = T.Load(g + i);
                var pull = T.SelectLess(zero, T.Abs(weight), T.CopySign(coefficient, weight), zero);
                var gradient = TRule.Gradient(task, pull) * scale;
                var first = T.MultiplyAdd(new1, gradient, beta1 * T.Load(m + i));
                var second = T.MultiplyAdd(new2 * gradient, gradient, beta2 * T.Load(v + i));
                first.Store(m + i);
                second.Store(v + i);
                var root = T.MultiplyAdd(T.Sqrt(second), correction, epsilon);
                var moved = (weight * decay) - (step * first / root);
                TRule.Weight(moved, task, pull, coefficient, rate, root).Store(w + i);
            }
        }
    }
}
