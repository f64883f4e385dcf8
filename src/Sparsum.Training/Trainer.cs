using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Training.Checkpoints;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Training.Schedules;
using Sparsum.Transformers.Models;

namespace Sparsum.Training;

/// <summary>
/// Trains a model: batch, loss, backward, step, and what hooks add. The same inputs give the same bits for any number of threads, and a run
/// that was stopped and resumed gives those of one that was not.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IBackend backend;
    private readonly TrainingObjective objective;
    private readonly IReadOnlyList<ITrainingHook> hooks;
    private LearningRateSchedule? restarted;
    private int restartStep;
    private bool isStopping;

    /// <summary>Prepares a run from its beginning; see <see cref="Restore"/> for going on with another.</summary>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <param name="model">A model with loaded, unpacked values; stays the caller's.</param>
    /// <param name="data">The examples.</param>
    /// <param name="options">How to train.</param>
    /// <param name="hooks">Called in this order.</param>
    /// <exception cref="InvalidInputException">An example has no label that the model can be trained on.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number among the options is out of its range.</exception>
    public Trainer(
        IBackend backend, TransformerModel model, TrainingData data, TrainerOptions options, IReadOnlyList<ITrainingHook>? hooks = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Epochs, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MicroBatchSize ?? 1, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CheckpointSteps ?? 1, 1, nameof(options));
        this.backend = backend;
        this.hooks = hooks ?? [];
        (Model, Data, Options) = (model, data, options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.LabelSmoothing, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.LabelSmoothing, 1, nameof(options));
        objective = new TrainingObjective(model, options.LabelSmoothing);
        objective.Check(data.Examples);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaximumSteps ?? 0, nameof(options));
        int totalSteps = Math.Min(checked(options.Epochs * data.BatchesPerEpoch), options.MaximumSteps ?? int.MaxValue);
        Schedule = new LearningRateSchedule(options.Schedule, options.LearningRate, totalSteps, options.WarmupSteps);
        Optimizer = new Optimizer(backend, model, options.Optimizer);
    }

    /// <summary>The model.</summary>
    public TransformerModel Model { get; }

    /// <summary>The examples.</summary>
    public TrainingData Data { get; }

    /// <summary>How it trains.</summary>
    public TrainerOptions Options { get; }

    /// <summary>How exact its products are.</summary>
    internal Float32Precision Precision => backend.Precision;

    /// <summary>The optimiser with its moments.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The rate of every step.</summary>
    public LearningRateSchedule Schedule { get; }

    /// <summary>
    /// The processes that train together: each passes its share of every batch through the model, the gradients are summed, and all of them make the
    /// same step. The result is that of one process up to the rounding of sums. Only the first writes checkpoints.
    /// </summary>
    public ProcessGroup Group { get; init; } = ProcessGroup.Single;

    /// <summary>Who takes part, in the order of the calls.</summary>
    public IReadOnlyList<ITrainingHook> Hooks => hooks;

    /// <summary>Where in the data the run is.</summary>
    public DataPosition Position { get; internal set; }

    /// <summary>Sum of the batch losses of the present epoch.</summary>
    internal double LossSum { get; set; }

    /// <summary>Takes over the state that a checkpoint holds, weights included.</summary>
    /// <exception cref="InvalidInputException">The file is damaged or belongs to another run.</exception>
    public void Restore(string file) => TrainingCheckpoint.Restore(file, this);

    /// <summary>Writes the state of the run; only between steps.</summary>
    /// <exception cref="RunFailedException">It could not be written; an earlier checkpoint is as it was.</exception>
    public void Save(string file) => TrainingCheckpoint.Save(file, this);

    /// <summary>
    /// Has the optimiser begin anew at a step: moments and their count at zero, and the schedule from its beginning over the steps that are left.
    /// For hooks, when a run starts, whether it is resumed or not.
    /// </summary>
    /// <param name="step">The first step after it, from 1; what lies beyond the end has no effect.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    public void RestartAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        restartStep = step;
        int left = Math.Max(0, Schedule.TotalSteps - step);
        restarted = new LearningRateSchedule(Options.Schedule, Options.LearningRate, left, Math.Min(left, Options.WarmupSteps));
    }

    /// <summary>Trains from the present position to the end.</summary>
    /// <returns>The epochs that ended; one that <see cref="TrainerOptions.MaximumSteps"/> cut short is not among them.</returns>
    /// <exception cref="RunFailedException">
    /// A loss or gradient is not finite: weights are as after the step before, and the last checkpoint is as it was.
    /// </exception>
    /// <exception cref="InvalidInputException">
    /// The processes of the <see cref="Group"/> differ in model, data or options, or a hook cannot take part in one.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled between two steps; the run can be saved and goes on when called again.</exception>
    public IReadOnlyList<EpochSummary> Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var computation = new Computation(backend);
        using var tape = computation.Record(Options.Seed, rounds: Options.RoundsActivations, recomputes: Options.Recomputes);
        var epochs = new List<EpochSummary>();
        SharedTraining.Check(this);
        isStopping = false;
        Notify(hook => hook.OnStart(this));
        while (Position.Epoch < Options.Epochs)
        {
            while (Position.Batch < Data.BatchesPerEpoch && Optimizer.StepCount < Schedule.TotalSteps)
            {
                StopIfAsked(cancellationToken);
                var done = RunStep(computation, tape, cancellationToken);
                progress?.Report(done);
                if (Optimizer.StepCount % (Options.CheckpointSteps ?? int.MaxValue) == 0)
                {
                    KeepState();
                }
            }

            if (Position.Batch < Data.BatchesPerEpoch)
            {
                break;
            }

            epochs.Add(EndEpoch());
        }

        return epochs;
    }

    /// <summary>Disposes of the optimiser; the model stays.</summary>
    public void Dispose() => Optimizer.Dispose();

    private TrainingProgress RunStep(Computation computation, Tape tape, CancellationToken cancellationToken)
    {
        int number = Optimizer.StepCount;
        bool isRestarted = restarted is not null && number >= restartStep;
        if (isRestarted)
        {
            Optimizer.BeginAt(restartStep);
        }

        tape.BeginStep(number);
        tape.Unwatch();
        Optimizer.ClearGradients();
        foreach (var state in Optimizer.Parameters)
        {
            tape.Watch(state.Parameter.Value, state.Parameter.Gradient!);
        }

        Notify(hook => hook.BeforeStep(this));
        double loss = AccumulateGradients(computation, tape, cancellationToken);
        Notify(hook => hook.AfterBackward(this));
        var step = Optimizer.Step(isRestarted ? restarted!.RateAt(number - restartStep) : Schedule.RateAt(number));
        LossSum += loss;
        Position = Position with { Batch = Position.Batch + 1 };
        Notify(hook => hook.AfterStep(this, step));
        return new TrainingProgress(Position, Schedule.TotalSteps, loss, step);
    }

    private double AccumulateGradients(Computation computation, Tape tape, CancellationToken cancellationToken)
    {
        var examples = Data.BatchAt(Position);
        TrainingBatch[] parts =
        [
            .. examples.Chunk(Options.MicroBatchSize ?? examples.Count).Select(part => new TrainingBatch(part, Data.Options.PaddingToken)),
        ];
        int targetCount = parts.Sum(objective.CountTargets);
        var own = hooks.Select(hook => hook.Loss).FirstOrDefault(loss => loss is not null);
        double loss = 0;
        foreach (var part in parts.Select(part => SharedTraining.ShareOf(part, Group, tape)).OfType<TrainingBatch>())
        {
            double share = own?.Compute(computation, tape, part, targetCount) ?? objective.Loss(computation, part, targetCount);
            loss += share;
            if (!double.IsFinite(share))
            {
                tape.Reset();
                break;
            }

            tape.Backward();
        }

        if (Group.HasOthers)
        {
            (loss, isStopping) = SharedTraining.Sum(this, loss, cancellationToken.IsCancellationRequested);
        }

        return double.IsFinite(loss) ? loss : throw NotFinite(loss);
    }

    /// <summary>Processes that run together stop behind one step, as soon as one of them is asked to.</summary>
    private void StopIfAsked(CancellationToken cancellationToken)
    {
        if (Group.HasOthers ? isStopping : cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private void KeepState()
    {
        SharedTraining.RequireEqualWeights(this);
        if (Options.CheckpointFile is { } file && Group.IsFirst)
        {
            Save(file);
        }
    }

    private EpochSummary EndEpoch()
    {
        var summary = new EpochSummary(Position.Epoch, LossSum / Data.BatchesPerEpoch, Optimizer.StepCount);
        Notify(hook => hook.AfterEpoch(this, summary));
        Position = new DataPosition(Position.Epoch + 1, 0);
        LossSum = 0;
        KeepState();
        return summary;
    }

    private void Notify(Action<ITrainingHook> call)
    {
        foreach (var hook in hooks)
        {
            call(hook);
        }
    }

    private RunFailedException NotFinite(double loss) => new(
        "loss-not-finite",
        FormattableString.Invariant($"The loss of step {Optimizer.StepCount} is {loss}; training has stopped before it."))
    {
        File = Options.CheckpointFile,
        Found = FormattableString.Invariant($"{loss} in epoch {Position.Epoch}, batch {Position.Batch}"),
        Expected = "a finite number",
        Hint = Options.CheckpointFile is null
            ? "Lower the learning rate."
            : "Lower the learning rate; the last checkpoint is as it was.",
    };
}
