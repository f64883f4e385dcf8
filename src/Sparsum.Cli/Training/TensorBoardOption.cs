using System.CommandLine;
using System.Globalization;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Training;
using Sparsum.Training.Events;

namespace Sparsum.Cli.Training;

/// <summary><c>--tensorboard DIR</c>: the course of a run for TensorBoard.</summary>
internal sealed class TensorBoardOption
{
    public Option<string?> Folder { get; } = OptionFactory.Text(
        "--tensorboard", "DIR", "Write losses, learning rate and evaluations as a TensorBoard event file into this folder while the run goes on.");

    /// <summary>What writes them; null where nobody asked.</summary>
    /// <param name="context">The run.</param>
    /// <param name="taken">Folders that are read, or that the run replaces when it is done.</param>
    /// <exception cref="InvalidInputException">The folder is one of those or lies in it.</exception>
    public TensorBoardLog? Open(RunContext context, params IEnumerable<string> taken)
    {
        if (context.Get(Folder) is not { } folder || !context.Group.IsFirst)
        {
            return null;
        }

        string real = RealPath.Of(folder);
        return taken.FirstOrDefault(other => RealPath.IsWithin(real, RealPath.Of(other))) is { } other
            ? throw OptionFactory.Invalid(Folder.Name, folder, $"a folder outside '{other}'", "Choose a folder beside it.")
            : new TensorBoardLog(folder, context.Time);
    }
}

/// <summary>Writes the course of a run; the file is begun with the first value, so that a refused run leaves none.</summary>
internal sealed class TensorBoardLog(string folder, TimeProvider time) : IDisposable
{
    private EventFile? file;

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    public void Add(TrainingProgress step) => Add(
        step.Step.Number,
        ("train/loss", step.Loss),
        ("train/learning_rate", step.Step.LearningRate),
        ("train/task_gradient_norm", step.Step.TaskNorm),
        ("train/total_gradient_norm", step.Step.TotalNorm));

    public void Add(TrainingEvaluation evaluation)
    {
        var values = new List<(string, double)>
        {
            ("model/sparsity", evaluation.Sparsity), ("model/heads", evaluation.Heads), ("model/neurons", evaluation.Neurons),
        };
        if (evaluation.Loss is { } loss)
        {
            values.Add(("epoch/loss", loss));
        }

        if (evaluation.Score is { } score)
        {
            values.Add(("evaluation/score", score));
        }

        values.AddRange(evaluation.Metrics.Select(metric => ($"evaluation/{metric.Key}", metric.Value)));
        values.AddRange(evaluation.Strengths.Select(strength => ($"strength/{strength.Key}", strength.Value)));
        Add(evaluation.Step, [.. values]);
    }

    public void Dispose() => file?.Dispose();

    private void Add(int step, params (string, double)[] values)
    {
        file ??= new EventFile(Free(), Now);
        file.Add(Now, step, values);
    }

    /// <summary>A name that sorts behind those of earlier runs, of which one was perhaps resumed by this one.</summary>
    private string Free()
    {
        string second = time.GetUtcNow().ToUnixTimeSeconds().ToString("D10", CultureInfo.InvariantCulture);
        return Enumerable.Range(0, int.MaxValue)
            .Select(number => Path.Combine(folder, FormattableString.Invariant($"{EventFile.NamePrefix}{second}.sparsum.{number:D3}")))
            .First(path => !File.Exists(path));
    }
}
