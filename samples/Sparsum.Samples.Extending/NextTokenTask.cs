using Sparsum.Evaluation.Metrics;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Samples.Extending;

/// <summary>A task: to say the next token of the sequences in a file, and to be right. Every fourth sequence is kept back to measure it.</summary>
/// <param name="file">Text or ready ids, whatever calibration takes.</param>
/// <param name="architectures">The architectures that may be opened.</param>
public sealed class NextTokenTask(string file, ArchitectureRegistry architectures) : ITrainingTask
{
    /// <inheritdoc/>
    public string Name => "next-token";

    /// <inheritdoc/>
    public IReadOnlyList<string> Inputs => [file];

    /// <inheritdoc/>
    public TrainingRecipe Recipe => new(Epochs: 2, LearningRate: 1e-3, BatchSize: 8, MaxLength: 64);

    /// <inheritdoc/>
    public PretrainedModel Open(string model, bool freshHead, ulong seed) => PretrainedModel.Open(model, architectures: architectures);

    /// <inheritdoc/>
    public ITaskData Read(PretrainedModel pretrained, TaskRequest request, CancellationToken cancellationToken)
    {
        var sequences = CalibrationLoader.Load(new CalibrationOptions { File = file }, pretrained, cancellationToken).Sequences
            .Select(ids => ids[..Math.Min(ids.Length, request.MaxLength)])
            .ToList();
        var training = sequences.Where((_, i) => i % 4 != 0 || sequences.Count == 1).Take(request.MaxExamples ?? int.MaxValue);
        return new Data(
            new TrainingData(
                [.. training.Select(ids => new TrainingExample(ids) { TokenLabels = ids })],
                new DataOptions { BatchSize = request.BatchSize, Seed = request.Seed }),
            [.. sequences.Where((_, i) => i % 4 == 0)]);
    }

    private sealed record Data(TrainingData Training, IReadOnlyList<int[]> Held) : ITaskData
    {
        public int EvaluationExamples => Held.Count;

        public MetricScores Score(IBackend backend, TransformerModel model, CancellationToken cancellationToken)
        {
            var predicted = new List<int>();
            using var computation = new Computation(backend);
            foreach (int[] ids in Held)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var batch = new TokenBatch(ids, 1);
                using var logits = model.Forward(model.BeginPass(computation, batch), batch);
                predicted.AddRange(Enumerable.Range(0, ids.Length - 1).Select(token => Largest(logits.Row(token))));
            }

            return MetricScores.OfLabels([Metric.Accuracy], [.. predicted], [.. Held.SelectMany(ids => ids[1..])]);
        }

        public IReadOnlyDictionary<string, double> Measure(IBackend backend, TransformerModel model, CancellationToken cancellationToken) =>
            Score(backend, model, cancellationToken).Values;

        private static int Largest(ReadOnlySpan<float> values) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values);
    }
}
