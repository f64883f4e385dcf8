using System.Numerics.Tensors;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Training.Pretraining;

/// <summary>Scores a language model on sequences, without dropout.</summary>
public static class LanguageModelScorer
{
    private const int TokensAtOnce = 4096;

    /// <summary>Mean loss and accuracy over all labelled tokens.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="model">A model with loaded values.</param>
    /// <param name="examples">At least one, with labels; those of a masked model are masked already.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static LanguageModelScore Run(
        IBackend backend, TransformerModel model, IReadOnlyList<TrainingExample> examples, CancellationToken cancellationToken = default)
    {
        using var computation = new Computation(backend);
        var objective = new TrainingObjective(model);
        var (loss, hits, targets) = (0.0, 0L, 0L);
        int rowsAtOnce = Math.Max(1, TokensAtOnce / examples.Max(example => example.InputIds.Length));
        foreach (var rows in examples.Chunk(rowsAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = new TrainingBatch(rows, model.PaddingToken ?? (model as EncoderDecoderModel)?.FillToken ?? 0);
            var (answers, asked) = objective.TokenLogits(computation, batch);
            using var logits = answers;
            loss += computation.CrossEntropy(logits, asked, count: 1);
            foreach (var (row, target) in asked.Index().Where(item => item.Item != TrainingBatch.IgnoredLabel))
            {
                hits += TensorPrimitives.IndexOfMax(logits.Row(row)) == target ? 1 : 0;
                targets++;
            }
        }

        return new LanguageModelScore(loss / targets, (double)hits / targets, targets);
    }
}
