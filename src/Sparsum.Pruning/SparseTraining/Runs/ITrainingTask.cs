using Sparsum.Evaluation.Metrics;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// Something that a pretrained model is trained and measured on: <see cref="GlueTraining"/> is one. One of one's own is handed to
/// <see cref="SparseTrainer"/> like those that are here.
/// </summary>
public interface ITrainingTask
{
    /// <summary>Its name in records and in profiles of methods, lower-case: <c>sst2</c>.</summary>
    string Name { get; }

    /// <summary>The files and folders that are read, which no output may replace.</summary>
    IReadOnlyList<string> Inputs { get; }

    /// <summary>How it is usually trained.</summary>
    TrainingRecipe Recipe { get; }

    /// <summary>Opens a model for the task, with a fresh head where it has none that fits. Nothing is loaded yet.</summary>
    /// <param name="model">The model folder.</param>
    /// <param name="freshHead">Whether the head is drawn anew in any case.</param>
    /// <param name="seed">Seed of a fresh head.</param>
    /// <exception cref="Sparsum.Core.InvalidInputException">The model cannot be trained on it.</exception>
    PretrainedModel Open(string model, bool freshHead, ulong seed);

    /// <summary>How long examples may become with a model; by default no longer than it has positions.</summary>
    /// <param name="pretrained">The opened model.</param>
    /// <param name="length">The length that was asked for, or that is usual for the task.</param>
    /// <param name="isAsked">Whether it was asked for.</param>
    /// <exception cref="Sparsum.Core.InvalidInputException">The model cannot read that much.</exception>
    int LengthFor(PretrainedModel pretrained, int length, bool isAsked) => Math.Min(length, pretrained.Model.MaxPositions);

    /// <summary>Reads and encodes the examples.</summary>
    /// <param name="pretrained">The opened model, whose tokenizer encodes.</param>
    /// <param name="request">How many, how long, in batches of what size.</param>
    /// <param name="cancellationToken">Stops between examples.</param>
    ITaskData Read(PretrainedModel pretrained, TaskRequest request, CancellationToken cancellationToken);
}

/// <summary>The examples of a task, ready for one model.</summary>
public interface ITaskData
{
    /// <summary>What is trained on.</summary>
    TrainingData Training { get; }

    /// <summary>How many examples the model is measured on, of the main split.</summary>
    int EvaluationExamples { get; }

    /// <summary>What one should know of the examples, a sentence each without capital and full stop.</summary>
    IReadOnlyList<string> Warnings => [];

    /// <summary>Measures a model on the main split: what the best state of a run is chosen by.</summary>
    MetricScores Score(IBackend backend, TransformerModel model, CancellationToken cancellationToken);

    /// <summary>Measures a model on every split there is: by name, as fractions, or as the field writes them: losses in nats, ROUGE and BLEU in percent.</summary>
    IReadOnlyDictionary<string, double> Measure(IBackend backend, TransformerModel model, CancellationToken cancellationToken);
}

/// <summary>What examples a run wants.</summary>
/// <param name="BatchSize">Examples per step.</param>
/// <param name="MaxLength">Most tokens of an example.</param>
/// <param name="MaxExamples">Most examples to train on, the first of a shuffle; null takes all.</param>
/// <param name="Seed">Seed of all shuffles.</param>
public sealed record TaskRequest(int BatchSize, int MaxLength, int? MaxExamples, ulong Seed);
