using Sparsum.Training.Optimization;

namespace Sparsum.Training.Tests;

/// <summary>Writes down what happens, cancels or spoils the run at a step, and removes heads and neurons after the first epoch.</summary>
internal sealed class Recorder : ITrainingHook
{
    public List<string> Calls { get; } = [];

    public CancellationTokenSource Stop { get; } = new();

    public int? StopAfterStep { get; init; }

    public int? SpoilAfterStep { get; init; }

    public bool RemovesParts { get; init; }

    public void OnStart(Trainer trainer) => Calls.Add("start");

    public void AfterBackward(Trainer trainer) => Calls.Add("backward");

    public void AfterStep(Trainer trainer, OptimizerStep step)
    {
        Calls.Add($"step {step.Number}");
        if (step.Number == StopAfterStep)
        {
            Stop.Cancel();
        }

        if (step.Number == SpoilAfterStep)
        {
            trainer.Model.Blocks[0].FeedForward.Linears[0].Weight.Value.Span[0] = float.NaN;
        }
    }

    public void AfterEpoch(Trainer trainer, EpochSummary epoch)
    {
        Calls.Add($"epoch {epoch.Epoch}");
        if (RemovesParts && epoch.Epoch == 0)
        {
            trainer.Optimizer.Cut(trainer.Model.Blocks[0].Attention.RemoveHeads([1]));
            trainer.Optimizer.Cut(trainer.Model.Blocks[1].Attention.RemoveHeads([0, 3]));
            trainer.Optimizer.Cut(trainer.Model.Blocks[0].FeedForwards[0].RemoveNeurons([0, 7, 8, 23]));
        }
    }
}
