using Microsoft.Extensions.Logging;
using Sparsum.Core;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Tensors;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// A model, the method that makes it sparse, and the trainer of both, in a work folder: goes on from its checkpoint, keeps history and best
/// state beside it, and leaves both for the next start when it is cancelled.
/// </summary>
internal sealed class RecordedRun : IDisposable
{
    /// <summary>The file of the work folder from which a run can go on.</summary>
    public const string CheckpointName = "checkpoint.safetensors";

    private const string HistoryName = "history.json";
    private const string BestName = "best.safetensors";

    /// <summary>Beyond this share of zeros hardly any model is worth having; nobody gets there without asking for it.</summary>
    private const double MostUnasked = 0.95;

    private readonly RunSetup setup;
    private readonly SharedFolder folder;
    private readonly List<string> warnings = [];
    private Session session;
    private bool hasToldOfRuin;

    /// <summary>Opens the model and prepares the run.</summary>
    /// <param name="setup">What to do.</param>
    /// <param name="folder">The work folder, begun.</param>
    public RecordedRun(RunSetup setup, SharedFolder folder)
    {
        (this.setup, this.folder) = (setup, folder);
        History = folder.IsResumed ? TrainingHistory.Read(HistoryFile) : new TrainingHistory();
        session = new Session(setup, folder.State(CheckpointName), this);
        Budget = LearningRateBudget.Of(Trainer.Schedule);
        var weights = PrunableWeights.Of(Model.Blocks, SparsityScope.Regularised);
        ReachableShare = Budget.ReachableShare([.. weights.Parameters.Select(parameter => parameter.Value)]);
        hasToldOfRuin = weights.Measure(Sparsifier.Epsilon).Sparsity > MostUnasked;
    }

    public TransformerModel Model => session.Model;

    public ISparsifier Sparsifier => session.Sparsifier;

    public Trainer Trainer => session.Trainer;

    public TrainingHistory History { get; }

    public LearningRateBudget Budget { get; }

    public double ReachableShare { get; }

    public IReadOnlyList<string> Warnings => warnings;

    private string HistoryFile => folder.State(HistoryName);

    /// <summary>Trains to the end, and back to the best state where that is to be kept.</summary>
    /// <returns>The step whose weights these are, where the best were kept.</returns>
    public int? Train(CancellationToken cancellationToken)
    {
        Sparsifier.Warnings(Trainer).ToList().ForEach(Warn);
        if (folder.IsResumed)
        {
            Trainer.Restore(folder.State(CheckpointName));
            History.CutTo(Trainer.Optimizer.StepCount, Trainer.Position.Epoch, HistoryFile);
        }

        var observer = session.Observer!;
        try
        {
            Trainer.Run(observer, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            observer.SaveHistory();
            if (folder.IsOwner)
            {
                Trainer.Save(folder.State(CheckpointName));
            }

            throw;
        }

        observer.Stop();
        if (History.Best is { } best && best.Step != Trainer.Optimizer.StepCount)
        {
            GoBackToBest();
        }

        return History.Best?.Step;
    }

    /// <summary>Writes the zeros and warns of what that came to.</summary>
    public SparsifierResult Finish(CancellationToken cancellationToken)
    {
        setup.Progress?.Report(new RunProgress(RunPhase.Finishing));
        var result = Sparsifier.Finish(Trainer, cancellationToken);
        if (result.LargestThreshold > MagnitudeThreshold.PostHocLimit)
        {
            Warn(FormattableString.Invariant(
                $"weights up to a magnitude of {result.LargestThreshold:G3} were set to zero: this sparsity is mostly the work of magnitude pruning"));
        }

        if (result.Excess > 0)
        {
            Warn(FormattableString.Invariant(
                $"{result.Excess} weights more are zero than the sparsity of {setup.Options.Targets.Sparsity} asks for: penalties wrote them, or the model came with them. ")
                + "Exact in any case are coupled penalties, or the target mode ramp, on a model with fewer zeros, without lock-zeros; weaker penalties help too.");
        }

        return result;
    }

    public void Dispose() => session.Dispose();

    /// <summary>Parts that were removed since do not come back by themselves, so the model is read again.</summary>
    private void GoBackToBest()
    {
        session.Dispose();
        session = new Session(setup, null, null);
        Trainer.Restore(folder.State(BestName));
    }

    /// <summary>Says once, while there is still time to stop, that the penalties leave the task no weights.</summary>
    private void WarnOfRuin(TrainingEvaluation epoch)
    {
        if (hasToldOfRuin || setup.Options.Targets.Sparsity is not null || epoch.Strengths.Count == 0 || epoch.Sparsity <= MostUnasked)
        {
            return;
        }

        hasToldOfRuin = true;
        string strengths = string.Join(", ", epoch.Strengths.Select(strength => FormattableString.Invariant($"{strength.Key} {strength.Value:G3}")));
        Warn(FormattableString.Invariant($"After epoch {epoch.Epoch} {epoch.Sparsity:P1} of the weights are near zero, and no sparsity was asked for: ")
            + $"the strengths in force ({strengths}) outweigh the task. Choose weaker ones, or a target.");
    }

    private void Warn(string text)
    {
        warnings.Add(text);
        RunLog.Warning(setup.Logger, text);
    }

    /// <summary>What belongs to one reading of the model.</summary>
    private sealed class Session : IDisposable
    {
        private readonly IDisposable? owner;

        public Session(RunSetup setup, string? checkpoint, RecordedRun? run)
        {
            (Model, owner) = setup.Open();
            try
            {
                Sparsifier = setup.Options.Method.Create(new SparsifierContext
                {
                    Backend = setup.Backend,
                    Model = Model,
                    Targets = setup.Options.Targets,
                    Task = setup.Task,
                    Seed = setup.Options.Seed,
                });
                Observer = run is null ? null : new RunObserver(run.History, run.HistoryFile, setup.Progress, setup.Clock)
                {
                    // Not to be cancelled: between the steps of an epoch's end there is no state to go on from.
                    Measure = () => SharedMeasures.Of(setup.Group, () => setup.Measure(Model)),
                    Sparsifier = Sparsifier,
                    Ended = run.WarnOfRuin,
                    EvaluationSteps = setup.EvaluationSteps,
                    CheckpointSteps = setup.Options.CheckpointSteps,
                    BestFile = setup.KeepsBest ? run.folder.State(BestName) : null,
                };
                Trainer = new Trainer(
                    setup.Backend,
                    Model,
                    setup.Data,
                    setup.Trainer with { CheckpointFile = checkpoint },
                    Observer is null ? [Sparsifier] : [Sparsifier, Observer])
                { Group = setup.Group };
            }
            catch
            {
                owner?.Dispose();
                throw;
            }
        }

        public TransformerModel Model { get; }

        public ISparsifier Sparsifier { get; }

        public RunObserver? Observer { get; }

        public Trainer Trainer { get; }

        public void Dispose()
        {
            Trainer.Dispose();
            owner?.Dispose();
        }
    }
}

/// <summary>What a <see cref="RecordedRun"/> is to do.</summary>
internal sealed record RunSetup
{
    public required IBackend Backend { get; init; }

    /// <summary>The processes that train together.</summary>
    public required ProcessGroup Group { get; init; }

    public required TrainingRunOptions Options { get; init; }

    public required TrainerOptions Trainer { get; init; }

    public required TrainingData Data { get; init; }

    /// <summary>Reads the model as it was before the run, and says what is to be disposed of with it.</summary>
    public required Func<(TransformerModel Model, IDisposable? Owner)> Open { get; init; }

    /// <summary>Measures a model on data that was kept back.</summary>
    public required Func<TransformerModel, (IReadOnlyDictionary<string, double> Metrics, double? Score)> Measure { get; init; }

    public string Task { get; init; } = "";

    public int? EvaluationSteps { get; init; }

    public bool KeepsBest { get; init; }

    public required ILogger Logger { get; init; }

    public IProgress<RunProgress>? Progress { get; init; }

    public TimeProvider? Clock { get; init; }
}

/// <summary>What runs log.</summary>
internal static partial class RunLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Text}")]
    public static partial void Warning(ILogger logger, string text);

    [LoggerMessage(Level = LogLevel.Information, Message = "Training {Task} with {Method}: {Steps} steps into {Output}")]
    public static partial void Start(ILogger logger, string task, string method, int steps, string output);
}
