using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Optimization.Kernels;

namespace Sparsum.Tensors.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) with a penalty applied in the same sweep over memory, which also gathers what the next step's
/// penalty needs. Same bits for any number of threads.
/// </summary>
public static unsafe class AdamW
{
    /// <summary>
    /// Updates one parameter: decay, moments, bias correction, step, penalty. A tensor of one dimension counts as a single row.
    /// </summary>
    /// <param name="backend">Whose threads run; a backend without a fused sweep gets the plain one in double precision.</param>
    /// <param name="options">The constants.</param>
    /// <param name="step">Step number, rate, decay and gradient scale.</param>
    /// <param name="weight">The parameter; updated.</param>
    /// <param name="gradient">The task's gradient; only read.</param>
    /// <param name="firstMoment">Zero before the first step; updated.</param>
    /// <param name="secondMoment">Zero before the first step; updated.</param>
    /// <param name="penalty">The penalty, if the parameter has one.</param>
    /// <param name="statistics">Filled from the weight as written, if given.</param>
    /// <exception cref="ArgumentException">Shapes differ, or the penalty or the statistics are of other sizes.</exception>
    public static void Step(
        IBackend backend,
        AdamWOptions options,
        AdamWStep step,
        Tensor weight,
        Tensor gradient,
        Tensor firstMoment,
        Tensor secondMoment,
        SweepPenalty? penalty = null,
        SweepStatistics? statistics = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step.Number, 1, nameof(step));
        ShapeChecks.Same(nameof(Step), weight, gradient);
        ShapeChecks.Same(nameof(Step), weight, firstMoment);
        ShapeChecks.Same(nameof(Step), weight, secondMoment);
        penalty?.CheckFits(weight);
        statistics?.CheckFits(weight);
        if (backend is not CpuBackend cpu)
        {
            PlainAdamW.Step(options, step, weight, gradient, firstMoment, secondMoment, penalty);
            if (statistics is not null)
            {
                PlainAdamW.Measure(weight, statistics);
            }

            return;
        }

        var constants = AdamWConstants.Of(options, step);
        fixed (float* rows = penalty?.RowCoefficients, columns = penalty?.ColumnCoefficients)
        {
            var (rowCoefficients, columnCoefficients) = ((nint)rows, (nint)columns);
            int width = weight.Columns;
            Sweep(cpu.Pool, weight, statistics, row =>
            {
                long start = (long)row * width;
                AdamWRow.Run(
                    penalty?.Mode ?? PenaltyMode.Coupled,
                    new AdamWRow.Memory(
                        weight.Pointer + start,
                        gradient.Pointer + start,
                        firstMoment.Pointer + start,
                        secondMoment.Pointer + start,
                        (float*)columnCoefficients,
                        rowCoefficients == 0 ? 0 : ((float*)rowCoefficients)[row],
                        width),
                    constants);
            });
        }
    }

    /// <summary>Gathers the statistics of a weight as it is: what the first step and every change of shape need.</summary>
    /// <exception cref="ArgumentException">The statistics are of another size.</exception>
    public static void Measure(IBackend backend, Tensor weight, SweepStatistics statistics)
    {
        statistics.CheckFits(weight);
        if (backend is CpuBackend cpu)
        {
            Sweep(cpu.Pool, weight, statistics, null);
        }
        else
        {
            PlainAdamW.Measure(weight, statistics);
        }
    }

    /// <summary>
    /// Squares of a parameter's gradient, without and with the penalty's, for clipping the global norm. A proximal penalty has no part in
    /// the gradient.
    /// </summary>
    /// <exception cref="ArgumentException">Shapes differ, or the penalty is of another size.</exception>
    public static GradientSquares Squares(IBackend backend, Tensor weight, Tensor gradient, SweepPenalty? penalty = null)
    {
        ShapeChecks.Same(nameof(Squares), weight, gradient);
        penalty?.CheckFits(weight);
        var coupled = penalty?.Mode == PenaltyMode.Proximal ? null : penalty;
        if (backend is not CpuBackend cpu)
        {
            return PlainAdamW.Squares(weight, gradient, coupled);
        }

        int width = weight.Columns;
        var squares = new GradientSquares[weight.RowCount];
        fixed (float* columns = coupled?.ColumnCoefficients)
        {
            nint columnCoefficients = (nint)columns;
            Ranges.For(cpu.Pool, squares.Length, width, (first, count) =>
            {
                for (long row = first; row < first + count; row++)
                {
                    var kernel = new SquaresKernel(
                        weight.Pointer + (row * width),
                        gradient.Pointer + (row * width),
                        (float*)columnCoefficients,
                        coupled?.RowCoefficients?[row] ?? 0,
                        width,
                        coupled is not null);
                    squares[row] = kernel.Compute();
                }
            });
        }

        return squares.Aggregate(default(GradientSquares), (sum, row) => sum + row);
    }

    /// <summary>Runs <paramref name="update"/> on each row and looks at the row while it is in cache.</summary>
    private static void Sweep(WorkerPool pool, Tensor weight, SweepStatistics? statistics, Action<int>? update)
    {
        int width = weight.Columns;
        int rowsPerPiece = Math.Max(1, (1 << 14) / Math.Max(1, width));
        int pieces = (weight.RowCount + rowsPerPiece - 1) / rowsPerPiece;
        var columns = statistics is { GathersColumns: true } ? new float[pieces * 2 * width] : [];
        fixed (float* allSums = columns)
        {
            nint sums = (nint)allSums;
            pool.For(pieces, (piece, _) =>
            {
                int end = Math.Min(weight.RowCount, (piece + 1) * rowsPerPiece);
                for (int row = piece * rowsPerPiece; row < end; row++)
                {
                    update?.Invoke(row);
                    if (statistics is not null)
                    {
                        float* pieceSums = sums == 0 ? null : (float*)sums + ((long)piece * 2 * width);
                        var kernel = new MagnitudeKernel(weight.Pointer + ((long)row * width), width, statistics.Epsilon, pieceSums);
                        (statistics.RowSums[row], statistics.RowNearZero[row]) = kernel.Compute();
                    }
                }
            });
        }

        for (int column = 0; statistics is { GathersColumns: true } && column < width; column++)
        {
            double sum = 0;
            double count = 0;
            for (int piece = 0; piece < pieces; piece++)
            {
                sum += columns[(piece * 2 * width) + column];
                count += columns[(((piece * 2) + 1) * width) + column];
            }

            (statistics.ColumnSums[column], statistics.ColumnNearZero[column]) = (sum, (int)count);
        }
    }
}
