using Sparsum.Cli.Progress;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>Times models in turns; the first is the baseline.</summary>
internal sealed class BenchTimer(RunContext context, IBackend backend, IReadOnlyList<LatencySubject> subjects)
{
    public required int Batch { get; init; }

    public required int Length { get; init; }

    /// <summary>How keys and values are held when decoding.</summary>
    public StorageType Cache { get; init; } = StorageType.Float32;

    /// <summary>What of a model is timed.</summary>
    public static TransformerModel Timed(PretrainedModel opened) => CanTime(opened.Model) ? opened.Model : opened.LanguageModel;

    /// <summary>Whether a model can be timed: an encoder, a classifier or a causal language model.</summary>
    public static bool CanTime(TransformerModel model) => model is EncoderModel or DecoderClassifier or CausalLanguageModel;

    /// <summary>Times one kind of pass.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="runs">Timed passes of each model.</param>
    /// <param name="done">The share of the run that is done before, in which this is half.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public IReadOnlyList<LatencyResult> Time(LatencyKind kind, int runs, double done, CancellationToken cancellationToken)
    {
        var options = new LatencyOptions { Kind = kind, Batch = Batch, Length = Length, Runs = runs, Cache = Cache };
        var progress = new DirectProgress<LatencyProgress>(state =>
            context.Progress.Report($"timing {kind.ToString().ToLowerInvariant()}", done + (0.5 * state.Completed / state.Total)));
        return LatencyBenchmark.Measure(subjects, options, backend, context.Time, progress, cancellationToken);
    }
}
