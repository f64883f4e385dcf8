using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sparsum.Cli.Running;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Training;

/// <summary>Shows how a training run goes on: its progress line, a line for each epoch, and what the library logs.</summary>
/// <param name="context">The run.</param>
/// <param name="record">An epoch as fields of a document.</param>
/// <param name="describe">An epoch for people.</param>
/// <param name="board">Where steps and evaluations go besides; null for nowhere.</param>
internal sealed class RunReporter(
    RunContext context, Func<TrainingEvaluation, JsonObject> record, Func<TrainingEvaluation, string> describe, TensorBoardLog? board)
    : IProgress<RunProgress>, ILogger
{
    public void Report(RunProgress value)
    {
        if (value.Step is { } step)
        {
            board?.Add(step);
            context.Progress.Report(
                FormattableString.Invariant(
                    $"step {step.Step.Number}/{step.TotalSteps}, epoch {step.Position.Epoch + 1}, loss {value.SmoothedLoss:F3}"),
                (double)step.Step.Number / step.TotalSteps);
        }
        else if (value.Epoch is { } epoch)
        {
            board?.Add(epoch);
            context.Log.Add("info", "epoch done", record(epoch));
            context.Tell(describe(epoch));
        }
        else
        {
            context.Progress.Report(value.Phase switch
            {
                RunPhase.Reading => "reading the data",
                RunPhase.LearningTokenizer => "learning the tokenizer",
                RunPhase.Loading => "loading the model",
                RunPhase.Finishing => "finishing",
                RunPhase.Evaluating => "evaluating",
                RunPhase.Writing => "writing",
                _ => "training",
            });
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            context.Warn(formatter(state, exception));
        }
    }
}
