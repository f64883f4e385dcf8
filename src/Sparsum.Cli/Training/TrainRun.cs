using System.Text.Json.Nodes;
using Sparsum.Cli.Pretraining;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>A training run from the loaded model to the output folder: train, finish, measure, save.</summary>
internal sealed class TrainRun(RunContext context, IBackend backend, TrainPlan plan, TrainOptions options) : IDisposable
{
    private const string HistoryName = "history.json";
    private const string BestName = "best.safetensors";
    private readonly double epsilon = options.Sparse.ReadEpsilon(context);
    private TrainSession? session;

    /// <summary>Runs and returns the fields of the document.</summary>
    /// <param name="target">The output folder.</param>
    public JsonObject Execute(string target)
    {
        using var folder = WorkFolder.Begin(target, context.Get(options.Resume), context.Get(options.Force), [plan.Model, plan.Folder]);
        context.ResumeHint = "Run the same command with --resume to go on, or with --force to start again.";
        var document = new JsonObject { ["task"] = plan.Task.Name, ["method"] = plan.Sparse.Method.Name };
        var history = Train(folder, document);
        var result = session!.Sparsifier.Finish(session.Trainer);
        context.Progress.Report("evaluating");
        document["metrics"] = TaskRecord.Metrics(plan.Data.Evaluation.Select(split => (split.Dataset.Split, Evaluate(session.Model, split, context.CancellationToken))));
        document["examples"] = plan.Data.Evaluation[0].Texts.Count;
        SparseRecord.Add(document, session.Model, session.Sparsifier, result, epsilon, plan.Sparse.Targets.Sparsity);
        document["settings"] = SparseRecord.Settings(plan.Sparse.Method, plan.Sparse.Settings);
        TrainRecord.Add(document, session.Trainer, history);
        document["blocks"] = SparseRecord.Blocks(session.Model);
        document["insights"] = SparseRecord.Insights(session.Model, session.Sparsifier, epsilon);
        WarnOfThreshold(result.LargestThreshold);
        SparseRecord.WarnOfExcess(context, result, plan.Sparse.Targets.Sparsity);
        TrainedModelFolder.Write(folder.Output, session.Pretrained, session.Sparsifier, context.CancellationToken);
        folder.Publish();
        document["output"] = target;
        return document;
    }

    public void Dispose() => session?.Dispose();

    private TrainingHistory Train(WorkFolder folder, JsonObject document)
    {
        string historyFile = folder.State(HistoryName);
        bool isResumed = folder.HasCheckpoint;
        var history = isResumed ? TrainingHistory.Read(historyFile) : new TrainingHistory();
        bool keepsBest = context.Get(options.Best);
        var observer = new TrainObserver(context, history, historyFile)
        {
            // Not to be cancelled: between the steps of an epoch's end there is no state to go on from.
            Evaluate = () => Evaluate(session!.Model, plan.Data.Evaluation[0], CancellationToken.None),
            Sparsifier = () => session!.Sparsifier,
            Epsilon = epsilon,
            EvaluationSteps = context.Get(options.EvalSteps),
            CheckpointSteps = context.Get(options.CheckpointSteps),
            BestFile = keepsBest ? folder.State(BestName) : null,
        };
        session = Open(observer, folder.Checkpoint);
        Warn(document);
        if (isResumed)
        {
            session.Trainer.Restore(folder.Checkpoint);
            history.CutTo(session.Trainer.Optimizer.StepCount, session.Trainer.Position.Epoch, historyFile);
        }

        try
        {
            session.Trainer.Run(observer, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            observer.SaveHistory();
            session.Trainer.Save(folder.Checkpoint);
            throw;
        }

        document["bestStep"] = observer.Best?["step"]!.GetValue<int>();
        if (observer.Best is { } best && best["step"]!.GetValue<int>() != session.Trainer.Optimizer.StepCount)
        {
            GoBackTo(folder.State(BestName));
        }

        return history;
    }

    private TrainSession Open(TrainObserver? observer, string? checkpoint) => new(
        backend,
        plan.Open(context),
        plan.Sparse,
        plan.Data.Training,
        plan.Trainer with { CheckpointFile = checkpoint },
        context.Seed,
        observer is null ? [] : [observer]);

    /// <summary>Parts that were removed since do not come back by themselves, so the model is read again.</summary>
    private void GoBackTo(string state)
    {
        session!.Dispose();
        session = null;
        session = Open(null, null);
        session.Trainer.Restore(state);
    }

    private MetricScores Evaluate(TransformerModel model, EncodedSplit split, CancellationToken cancellationToken) =>
        GlueEvaluator.Run(backend, model, split, plan.Data.Mapping, plan.Data.Scoring, null, cancellationToken);

    private void Warn(JsonObject document)
    {
        var trainer = session!.Trainer;
        var warnings = session.Sparsifier.Warnings(trainer);
        foreach (string warning in warnings)
        {
            context.Warn(warning);
        }

        var budget = LearningRateBudget.Of(trainer.Schedule);
        var weights = PrunableWeights.Of(session.Model.Blocks, SparsityScope.Regularised);
        document["budget"] = TrainRecord.Budget(
            budget, budget.ReachableShare([.. weights.Parameters.Select(parameter => parameter.Value)]), warnings);
    }

    private void WarnOfThreshold(double threshold)
    {
        if (threshold > MagnitudeThreshold.PostHocLimit)
        {
            context.Warn(FormattableString.Invariant(
                $"weights up to a magnitude of {threshold:G3} were set to zero: this sparsity is mostly the work of magnitude pruning"));
        }
    }
}
