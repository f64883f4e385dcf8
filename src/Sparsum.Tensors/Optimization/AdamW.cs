using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Optimization.Kernels;

namespace Sparsum.Tensors.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) with a penalty applied in the same sweep over memory, which also gathers what the next step's
/// penalty needs. Same bits for any number of threads.
/// </summary>
public static class AdamW
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
        FusedPenalty? penalty = null,
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

        new AdamWSweep(weight, statistics)
        {
            Update = new AdamWUpdate(weight, gradient, firstMoment, secondMoment, penalty, AdamWConstants.Of(options, step)),
        }.Run(cpu.Pool);
    }

    /// <summary>Gathers the statistics of a weight as it is: what the first step and every change of shape need.</summary>
    /// <exception cref="ArgumentException">The statistics are of another size.</exception>
    public static void Measure(IBackend backend, Tensor weight, SweepStatistics statistics)
    {
        statistics.CheckFits(weight);
        if (backend is CpuBackend cpu)
        {
            new AdamWSweep(weight, statistics).Run(cpu.Pool);
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
    public static GradientSquares Squares(IBackend backend, Tensor weight, Tensor gradient, FusedPenalty? penalty = null)
    {
        ShapeChecks.Same(nameof(Squares), weight, gradient);
        penalty?.CheckFits(weight);
        var coupled = penalty?.Mode == PenaltyMode.Proximal ? null : penalty;
        return backend is CpuBackend cpu
            ? new SquaresSweep(weight, gradient, coupled).Run(cpu.Pool)
            : PlainAdamW.Squares(weight, gradient, coupled);
    }
}
