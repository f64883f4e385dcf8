using Sparsum.Core;
using Sparsum.Tensors;

namespace Sparsum.Evaluation.Latency;

/// <summary>Times forward passes of one or more models in one interleaved run.</summary>
public static class LatencyBenchmark
{
    /// <summary>Measures; the first model is the baseline of all ratios.</summary>
    /// <param name="subjects">The models.</param>
    /// <param name="options">What is timed and how often.</param>
    /// <param name="backend">What computes.</param>
    /// <param name="clock">Tells the time, <see cref="TimeProvider.System"/> outside tests.</param>
    /// <param name="progress">Told after every round.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>One result per model, in the same order.</returns>
    /// <exception cref="InvalidInputException">An option is out of range for one of the models.</exception>
    public static IReadOnlyList<LatencyResult> Measure(
        IReadOnlyList<LatencySubject> subjects,
        LatencyOptions options,
        IBackend backend,
        TimeProvider clock,
        IProgress<LatencyProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        foreach (var subject in subjects)
        {
            options.Validate(subject.Model.MaxPositions);
        }

        var passes = new List<TimedPass>();
        try
        {
            foreach (var subject in subjects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                passes.Add(new TimedPass(subject.Model, options, backend));
            }

            var actions = passes.Select(pass => (Action)pass.Run).ToList();
            var samples = InterleavedTimer.Measure(actions, options.WarmUp, options.Runs, clock, progress, cancellationToken);
            int tokens = options.Kind == LatencyKind.Prefill ? options.Batch * options.Length : options.Batch;
            return [.. subjects.Select((subject, i) => new LatencyResult(subject.Name, samples[i], samples[0], tokens))];
        }
        finally
        {
            passes.ForEach(pass => pass.Dispose());
        }
    }
}
