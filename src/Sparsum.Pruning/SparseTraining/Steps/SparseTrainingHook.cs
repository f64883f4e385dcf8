using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Tensors.Optimization;
using Sparsum.Training;
using Sparsum.Training.Optimization;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>
/// The course that the methods share: penalties press before every step; where there is a target, a ramp, a controller and the removal of
/// structure move on at fixed steps until it is met; the end writes the zeros. A method fills in the parts that it has.
/// </summary>
internal sealed class SparseTrainingHook : ISparsifier
{
    private const string GainName = "gain";
    private const string ThresholdName = "threshold";
    private const string SourcesName = "sources";
    private const string RampName = "ramp";
    private readonly SparsifierContext context;
    private readonly SparsityOptions options;
    private readonly PrunableWeights tracked;
    private double restoredGain = 1;
    private double largestThreshold;
    private double? rampBase;
    private long before;
    private long byStructure;
    private long byThreshold;
    private SparsitySchedule? stages;
    private SparsityController? controller;

    /// <summary>Prepares a run that is plain training until parts are filled in.</summary>
    public SparseTrainingHook(SparsifierContext context, SparsityOptions options)
    {
        (this.context, this.options) = (context, options);
        tracked = PrunableWeights.Of(context.Model.Blocks, options.SparsityDenominator, context.Model.Parameters);
    }

    /// <inheritdoc/>
    public required string Fingerprint { get; init; }

    /// <summary>Whether near-zero weights are zero in the end.</summary>
    public bool IsSparse { get; init; }

    /// <summary>How penalties act, which decides when zeros may be locked.</summary>
    public PenaltyMode Mode { get; init; }

    /// <summary>What presses on the weights; null in methods without.</summary>
    public PenaltySchedule? Penalties { get; init; }

    /// <summary>The removal of heads; null in methods without.</summary>
    public HeadSchedule? HeadSchedule { get; init; }

    /// <summary>Whether dead neurons are cut out.</summary>
    public bool DropsNeurons { get; init; }

    /// <summary>The most that steering multiplies factors by: to the top of what is searched by hand, beyond which a task is no longer heard.</summary>
    public double LargestGain { get; init; } = SparsityController.UsualLargestGain;

    /// <inheritdoc/>
    public double Epsilon => options.Epsilon;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Strengths
    {
        get
        {
            var strengths = (Penalties?.Factors ?? []).ToDictionary(factor => factor.Name, factor => factor.Value);
            if (HeadSchedule is not null)
            {
                strengths["theta"] = HeadSchedule.Theta;
            }

            return strengths;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<HeadHistory> Heads => HeadSchedule?.History ?? [];

    /// <summary>The share of the weights that heads which are still to go will take with them.</summary>
    private double PendingShare => (double)(HeadSchedule?.Pending ?? 0) / tracked.Dense;

    /// <summary>Whether the run settles before its end, and the rest trains what is left.</summary>
    private bool Settles => options.TargetMode is TargetMode.Ramp or TargetMode.Steered;

    private bool HasRamp => context.Targets.Sparsity is not null && Settles;

    private bool IsSteered => HasRamp && options.TargetMode == TargetMode.Steered && Penalties is { Presses: true };

    /// <inheritdoc/>
    public bool IsSettled(Trainer trainer) => !context.Targets.Any || trainer.Optimizer.StepCount >= StagesOf(trainer).SettleStep;

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings(Trainer trainer)
    {
        var warnings = new List<string>();
        if (context.Targets.Sparsity is { } sparsity
            && LearningRateBudget.Of(trainer.Schedule).Warning(sparsity, [.. tracked.Parameters.Select(parameter => parameter.Value)]) is { } budget)
        {
            warnings.Add(budget);
        }

        if (!context.Targets.Any && Penalties is { Presses: false })
        {
            string names = string.Join(" and ", Penalties.Factors.Select(factor => $"{factor.Name} is 0"));
            warnings.Add($"Nothing presses on the weights: {names}, and there is no target.");
        }

        if (context.Targets.Heads is null && HeadSchedule is { Theta: >= 0 } && trainer.Optimizer.StepCount == 0 && HeadSchedule.RedundantNow() is > 0 and var redundant)
        {
            warnings.Add(FormattableString.Invariant(
                $"Before any training {redundant} of {HeadSchedule.Kept} heads are already within theta {HeadSchedule.Theta} of another and would be merged: the weights are small. ")
                + "Choose a smaller theta.");
        }

        return warnings;
    }

    /// <inheritdoc/>
    public void OnStart(Trainer trainer)
    {
        stages = StagesOf(trainer);
        if (trainer.Optimizer.StepCount == 0)
        {
            before = ZerosAndRemoved();
        }

        controller = context.Targets.Sparsity is { } sparsity && options.TargetMode != TargetMode.Quantile
            ? new SparsityController(
                sparsity,
                stages.SettleStep,
                options.ControllerStrength ?? (IsSteered ? 1 : 5),
                IsSteered ? LargestGain : SparsityController.UsualLargestGain)
            {
                Gain = restoredGain,
                IsStraight = IsSteered,
            }
            : null;
        Attach(trainer);
    }

    /// <inheritdoc/>
    public void AfterBackward(Trainer trainer)
    {
        if (!IsReleased(trainer))
        {
            Penalties?.BeforeStep(trainer);
        }

        if (LocksZeros(trainer))
        {
            FrozenMask.ClearGradients(tracked);
        }
    }

    /// <inheritdoc/>
    public void AfterStep(Trainer trainer, OptimizerStep step)
    {
        if (HasRamp && step.Number == ReleaseStep)
        {
            Attach(trainer);
        }

        if (!context.Targets.Any || !stages!.IsEvent(step.Number) && !stages.IsStructureEvent(step.Number))
        {
            return;
        }

        if (stages.IsStructureEvent(step.Number))
        {
            // Before the ramp takes what is left of the target.
            RemoveStructure(trainer, trainer.Position.Epoch + 1, byTheta: Settles);
        }

        if (stages.IsEvent(step.Number))
        {
            Steer(step.Number);
            AdvanceRamp(trainer, step.Number);
        }

        Attach(trainer);
    }

    /// <inheritdoc/>
    public void AfterEpoch(Trainer trainer, EpochSummary epoch)
    {
        if (context.Targets.Any && trainer.Optimizer.StepCount >= stages!.SettleStep && Settles)
        {
            return;
        }

        if (options.LockZeros && IsSparse && context.Targets.Sparsity is null)
        {
            tracked.Zero(options.Epsilon);
            FrozenMask.ClearMoments(tracked, trainer.Optimizer);
        }

        RemoveStructure(trainer, epoch.Epoch + 1, byTheta: true);
        Attach(trainer);
    }

    /// <inheritdoc/>
    public SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default)
    {
        var reached = tracked.Measure(options.Epsilon);
        float threshold = 0;
        if (context.Targets.Sparsity is { } sparsity)
        {
            threshold = SetToZero(sparsity, isFinal: HasRamp);
        }
        else if (IsSparse)
        {
            threshold = MagnitudeThreshold.LargestBelow(tracked, options.Epsilon);
            tracked.Zero(options.Epsilon);
            largestThreshold = Math.Max(largestThreshold, threshold);
        }

        return new SparsifierResult(reached, threshold, largestThreshold, Excess()) { Sources = Sources() };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double[]> SaveState()
    {
        var state = new Dictionary<string, double[]> { [GainName] = [controller?.Gain ?? 1], [ThresholdName] = [largestThreshold] };
        state[SourcesName] = [before, byStructure, byThreshold];
        state[RampName] = rampBase is { } reached ? [reached] : [];
        Penalties?.SaveState(state);
        HeadSchedule?.SaveState(state);
        return state;
    }

    /// <inheritdoc/>
    public void RestoreState(IReadOnlyDictionary<string, double[]> state)
    {
        restoredGain = state.GetValueOrDefault(GainName, [1])[0];
        largestThreshold = state.GetValueOrDefault(ThresholdName, [0])[0];
        double[] sources = state.GetValueOrDefault(SourcesName, [0, 0, 0]);
        (before, byStructure, byThreshold) = ((long)sources[0], (long)sources[1], (long)sources[2]);
        rampBase = state.TryGetValue(RampName, out double[]? ramp) && ramp.Length > 0 ? ramp[0] : null;
        if (Penalties is not null)
        {
            Penalties.Gain = restoredGain;
            Penalties.RestoreState(state);
        }

        HeadSchedule?.RestoreState(state);
    }

    /// <summary>Steps after which penalties are off.</summary>
    private int ReleaseStep => Mode == PenaltyMode.Coupled ? stages!.SettleStep : stages!.EarlyRelease;

    /// <summary>Whether penalties are off: what is left after the ramp trains for the task alone.</summary>
    private bool IsReleased(Trainer trainer) => HasRamp && trainer.Optimizer.StepCount >= ReleaseStep;

    /// <summary>
    /// Modes that write zeros by themselves may take them back until the ramp ends; otherwise every zero is the ramp's, and stays.
    /// </summary>
    private bool LocksZeros(Trainer trainer) =>
        options.LockZeros
        || (HasRamp && trainer.Optimizer.StepCount >= (Mode == PenaltyMode.Coupled ? stages!.RampStart : stages!.SettleStep));

    private SparsitySchedule StagesOf(Trainer trainer) => SparsitySchedule.Of(trainer, options, IsSteered);

    private void Attach(Trainer trainer)
    {
        if (IsReleased(trainer))
        {
            Penalties?.Detach(trainer.Optimizer);
        }
        else
        {
            Penalties?.Attach(trainer.Optimizer);
        }
    }

    private void RemoveStructure(Trainer trainer, int epoch, bool byTheta)
    {
        long alive = Alive();
        if (HeadSchedule is { Target: not null })
        {
            HeadSchedule.Approach(trainer.Optimizer, epoch, stages!.HeadShare(trainer.Optimizer.StepCount));
        }
        else if (byTheta)
        {
            HeadSchedule?.Eliminate(trainer.Optimizer, epoch, HeadSchedule.ThetaAt(LineShare(trainer)), Budget());
        }

        if (DropsNeurons)
        {
            NeuronDropping.Run(context.Model.Blocks, trainer.Optimizer, Budget());
        }

        byStructure += Math.Max(0, alive - Alive());
    }

    /// <summary>How far along its line steering is: 0 at the start, 1 where the target is to be met; 0 where nothing is steered.</summary>
    private double LineShare(Trainer trainer) => IsSteered ? Math.Min(1, (double)trainer.Optimizer.StepCount / stages!.SettleStep) : 0;

    /// <summary>Weights that are there and not near zero.</summary>
    private long Alive()
    {
        var now = tracked.Measure(options.Epsilon);
        return now.Dense - now.NearZero - now.Removed;
    }

    private long ZerosAndRemoved()
    {
        var now = tracked.Measure(float.Epsilon);
        return now.NearZero + now.Removed;
    }

    private SparsitySources Sources() => new(
        before, ZerosAndRemoved() - before - byStructure - byThreshold, byStructure, byThreshold, tracked.Dense);

    /// <summary>Zeros and removed weights beyond the target; 0 without one.</summary>
    private long Excess()
    {
        if (context.Targets.Sparsity is not { } sparsity)
        {
            return 0;
        }

        return Math.Max(0, ZerosAndRemoved() - MagnitudeThreshold.CountOf(tracked, sparsity));
    }

    /// <summary>How many nonzero weights structure may take with it without passing the target.</summary>
    private long Budget()
    {
        if (context.Targets.Sparsity is not { } sparsity)
        {
            return long.MaxValue;
        }

        return (long)(sparsity * tracked.Dense) - ZerosAndRemoved() - (HeadSchedule?.Pending ?? 0);
    }

    private void Steer(int step)
    {
        if (controller is not null && Penalties is not null)
        {
            // What heads are still going to take with them is not for the penalties to bring.
            Penalties.Gain = controller.Update(step, tracked.Measure(options.Epsilon).Sparsity + PendingShare);
        }
    }

    private void AdvanceRamp(Trainer trainer, int step)
    {
        if (HasRamp && step >= stages!.RampStart)
        {
            SetToZero(Wanted(step) - PendingShare, isFinal: options.LockZeros || Mode == PenaltyMode.Coupled);
            if (LocksZeros(trainer))
            {
                FrozenMask.ClearMoments(tracked, trainer.Optimizer);
            }
        }
    }

    /// <summary>The share that is to be zero after a step: along the ramp, or from what steering has reached when it began to the target.</summary>
    private double Wanted(int step)
    {
        if (!IsSteered)
        {
            return controller!.Ramp(step);
        }

        double target = context.Targets.Sparsity!.Value;
        rampBase ??= Math.Min(target, tracked.Measure(options.Epsilon).Sparsity + PendingShare);
        double left = 1 - ((double)(step - stages!.RampStart) / Math.Max(1, stages.SettleStep - stages.RampStart));
        return target - ((target - rampBase.Value) * left * left * left);
    }

    /// <summary>Sets the smallest magnitudes to zero.</summary>
    /// <param name="sparsity">The share that is zero or removed afterwards.</param>
    /// <param name="isFinal">Whether zeros stay; otherwise what was set to zero before may have moved again, and is not counted twice.</param>
    private float SetToZero(double sparsity, bool isFinal)
    {
        var threshold = MagnitudeThreshold.Find(tracked, Math.Max(0, sparsity));
        long alive = Alive();
        threshold.Apply(tracked);
        byThreshold = (isFinal ? byThreshold : 0) + alive - Alive();
        largestThreshold = Math.Max(largestThreshold, threshold.Threshold);
        return threshold.Threshold;
    }
}
