using Sparsum.Core;
using Sparsum.Evaluation.Metrics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.Glue;

/// <summary>Measures a classifier on a split of a task.</summary>
public static class GlueEvaluator
{
    /// <summary>The task's metrics.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="model">A classifier with the task's number of outputs and loaded values.</param>
    /// <param name="split">A labelled split.</param>
    /// <param name="mapping">Which output stands for which label; null in regression.</param>
    /// <param name="options">Batch size and padding.</param>
    /// <param name="progress">Told how many examples are done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="RunFailedException">An output is not finite.</exception>
    public static MetricScores Run(
        IBackend backend,
        TransformerModel model,
        EncodedSplit split,
        LabelMapping? mapping,
        GlueEvaluationOptions options,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default) =>
        GlueScorer.Score(split.Dataset, Logits(backend, model, split.Texts, options, progress, cancellationToken), mapping);

    /// <summary>
    /// The outputs of a classifier <c>[examples, outputs]</c>, in the order of the texts. Texts of similar length go through it together,
    /// the longest first; the order of equal lengths is kept.
    /// </summary>
    public static float[] Logits(
        IBackend backend,
        TransformerModel model,
        IReadOnlyList<EncodedText> texts,
        GlueEvaluationOptions options,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        int outputs = model.Classification?.LabelCount ?? throw new ArgumentException("The model is no classifier.", nameof(model));
        float[] logits = new float[texts.Count * outputs];
        using var computation = new Computation(backend);
        int done = 0;
        foreach (int[] indices in Enumerable.Range(0, texts.Count).OrderByDescending(i => texts[i].Ids.Length).Chunk(options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = BatchEncoding.Pad([.. indices.Select(i => texts[i])], options.PaddingToken);
            var tokens = new TokenBatch(batch.Ids, batch.Rows, batch.AttentionMask.Contains((byte)0) ? batch.AttentionMask : null)
            {
                TokenTypeIds = batch.TypeIds,
            };
            using var answers = model.Forward(model.BeginPass(computation, tokens), tokens);
            foreach (var (row, index) in indices.Index())
            {
                answers.Row(row).CopyTo(logits.AsSpan(index * outputs));
            }

            done += indices.Length;
            progress?.Report(done);
        }

        return logits;
    }
}
