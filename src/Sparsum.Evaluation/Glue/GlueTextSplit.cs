using Sparsum.Core;
using Sparsum.Evaluation.Metrics;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Glue;

/// <summary>A split of a task in its text form, as tokens of one model with an encoder and a decoder.</summary>
/// <param name="Dataset">The examples.</param>
/// <param name="Sources">What is read for each.</param>
/// <param name="Targets">What is to be written, its end included.</param>
public sealed record GlueTextSplit(GlueDataset Dataset, IReadOnlyList<int[]> Sources, IReadOnlyList<int[]> Targets)
{
    /// <summary>Encodes a split.</summary>
    /// <param name="dataset">A labelled split.</param>
    /// <param name="pretrained">The model, whose tokenizer encodes.</param>
    /// <param name="maxLength">Most tokens of a source.</param>
    /// <param name="cancellationToken">Stops between examples.</param>
    /// <exception cref="InvalidInputException">The model knows no end of texts.</exception>
    public static GlueTextSplit Create(GlueDataset dataset, PretrainedModel pretrained, int maxLength, CancellationToken cancellationToken = default)
    {
        int end = EncodedPairs.EndOf(pretrained);
        var sources = new int[dataset.Examples.Count][];
        var targets = new int[dataset.Examples.Count][];
        foreach (var (index, example) in dataset.Examples.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            sources[index] = pretrained.Tokenizer.EncodePair(GlueTextForm.Source(dataset.Task, example), null, maxLength).Ids;
            int[] target = pretrained.Tokenizer.Encode(GlueTextForm.Target(dataset.Task, example));
            targets[index] = target[^1] == end ? target : [.. target, end];
        }

        return new GlueTextSplit(dataset, sources, targets);
    }

    /// <summary>Measures a model by what it writes, greedily, with one token more than the longest answer has.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="pretrained">The folder of the model, for tokenizer and special ids.</param>
    /// <param name="model">The model, loaded; mostly that of the folder.</param>
    /// <param name="batchSize">Texts that are worked on together.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <returns>The scores, and how many of the texts were no answers.</returns>
    public (MetricScores Scores, int Unknown) Measure(
        IBackend backend,
        PretrainedModel pretrained,
        EncoderDecoderModel model,
        int batchSize,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var options = new GenerationOptions
        {
            EndIds = [EncodedPairs.EndOf(pretrained)],
            PadId = GlueClassifier.PaddingToken(pretrained),
            MaxNewTokens = Targets.Max(target => target.Length) + 1,
        };
        var texts = TextPairEvaluator.Generate(backend, model, pretrained.Tokenizer, Sources, options, batchSize, progress, cancellationToken);
        return GlueTextForm.Score(Dataset, texts);
    }
}
