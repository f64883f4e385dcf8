using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>
/// The gradients of layer norm and RMS norm over some rows. With <c>n = (x - mean) f</c> the normalised row, f the inverse deviation and
/// <c>g = dy (scale + offset)</c>, the input gets <c>f (g - mean(g) - n mean(g n))</c>; RMS norm is not centred and has neither mean.
/// Shares of the gradients of scale (<c>dy n</c>) and shift (<c>dy</c>) are added to sums per column. Null leaves an output out.
/// </summary>
internal readonly unsafe struct NormGradientKernel(
    float* input,
    float* scale,
    float offset,
    float epsilon,
    bool isCentred,
    float* outputGradient,
    float* inputGradient,
    bool accumulate,
    float* scaleSums,
    float* shiftSums,
    nint rows,
    nint columns) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint n = columns;
        for (nint row = 0; row < rows; row++)
        {
            float* x = input + (row * n);
            float* dy = outputGradient + (row * n);
            float mean = isCentred ? (float)(Reduction.Sum<ValueTerm, T>(new ValueTerm(x), n) / n) : 0;
            double variance = Reduction.Sum<SquaredDifferenceTerm, T>(new SquaredDifferenceTerm(x, mean), n) / n;
            double factor = 1 / Math.Sqrt(variance + epsilon);
            if (inputGradient is not null)
            {
                double average = isCentred ? Reduction.Sum<ScaledTerm, T>(new ScaledTerm(dy, scale, offset), n) / n : 0;
                double slope = Reduction.Sum<ScaledProductTerm, T>(new ScaledProductTerm(dy, scale, offset, x, mean), n) / n;
                var line = new Line(mean, (float)factor, (float)average, (float)(slope * factor * factor));
                WriteInputGradient<T>(x, dy, inputGradient + (row * n), line);
            }

            if (scaleSums is not null)
            {
                AddScaleGradient<T>(x, dy, mean, (float)factor);
            }

            if (shiftSums is not null)
            {
                ColumnSums.Add<T>(dy, shiftSums, n);
            }
        }
    }

    /// <summary><c>f (g - average - (x - mean) slope)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteInputGradient<T>(float* x, float* dy, float* dx, Line line)
        where T : struct, IVector<T>
    {
        nint i = 0;
        for (; i <= columns - T.Count; i += T.Count)
        {
            var factor = scale is null ? T.Create(1) : T.Load(scale + i) + T.Create(offset);
            var before = accumulate ? T.Load(dx + i) : T.Create(0);
            line.Apply(T.Load(x + i), T.Load(dy + i), factor, before).Store(dx + i);
        }

        if (i < columns)
        {
            nint rest = columns - i;
            var factor = scale is null ? T.Create(1) : Tail.Load<T>(scale + i, rest) + T.Create(offset);
            var before = accumulate ? Tail.Load<T>(dx + i, rest) : T.Create(0);
            Tail.Store(line.Apply(Tail.Load<T>(x + i, rest), Tail.Load<T>(dy + i, rest), factor, before), dx + i, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddScaleGradient<T>(float* x, float* dy, float mean, float factor)
        where T : struct, IVector<T>
    {
        float* sums = scaleSums;
        nint i = 0;
        for (; i <= columns - T.Count; i += T.Count)
        {
            var normalized = (T.Load(x + i) - T.Create(mean)) * T.Create(factor);
            T.MultiplyAdd(T.Load(dy + i), normalized, T.Load(sums + i)).Store(sums + i);
        }

        for (; i < columns; i++)
        {
            sums[i] = MathF.FusedMultiplyAdd(dy[i], (x[i] - mean) * factor, sums[i]);
        }
    }

    private readonly record struct Line(float Mean, float Factor, float Average, float Slope)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T scale, T before)
            where T : struct, IVector<T>
        {
            var centred = T.MultiplyAdd(dy, scale, T.Create(0) - T.Create(Average));
            return T.MultiplyAdd(centred - ((x - T.Create(Mean)) * T.Create(Slope)), T.Create(Factor), before);
        }
    }
}
