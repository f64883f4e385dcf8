using Sparsum.Core;
using Sparsum.Evaluation.Metrics.Text;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.TextPairs;

/// <summary>Measures a model with an encoder and a decoder on text pairs: by the loss of the true targets, and by what it writes.</summary>
public static class TextPairEvaluator
{
    /// <summary>
    /// Mean cross entropy in nats over all target tokens, each predicted from the true ones before it, without label smoothing. Pairs of similar
    /// length go through the model together; their number changes nothing.
    /// </summary>
    /// <param name="backend">What computes.</param>
    /// <param name="model">A model with an encoder and a decoder, loaded.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="batchSize">Pairs that go through it together.</param>
    /// <param name="paddingToken">What fills short sources.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static double Loss(
        IBackend backend, EncoderDecoderModel model, EncodedPairs pairs, int batchSize, int paddingToken, CancellationToken cancellationToken = default)
    {
        const int Ignored = -100;
        using var computation = new Computation(backend);
        double sum = 0;
        foreach (int[] indices in ByLength(pairs, batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = indices.Max(index => pairs.Targets[index].Length);
            int[] labels = [.. indices.SelectMany(index => pairs.Targets[index].Concat(Enumerable.Repeat(Ignored, length - pairs.Targets[index].Length)))];
            var tokens = TokenBatch.Pad([.. indices.Select(index => pairs.Sources[index])], paddingToken)
                .With(model.ShiftRight(labels, indices.Length));
            using var logits = model.Forward(model.BeginPass(computation, tokens), tokens);
            sum += computation.CrossEntropy(logits, labels, count: 1);
        }

        return sum / pairs.Targets.Sum(target => (long)target.Length);
    }

    /// <summary>What a model writes for sources, as text in their order.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="model">A model with an encoder and a decoder, loaded.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="sources">The sources as tokens.</param>
    /// <param name="options">How to write.</param>
    /// <param name="batchSize">Sources that are worked on together; those of similar length are.</param>
    /// <param name="progress">Told how many texts are done.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <exception cref="InvalidInputException">A source is longer than what the model can read, or an option does not fit it.</exception>
    public static IReadOnlyList<string> Generate(
        IBackend backend,
        EncoderDecoderModel model,
        ITokenizer tokenizer,
        IReadOnlyList<int[]> sources,
        GenerationOptions options,
        int batchSize,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (options.NumReturnSequences != 1 || options.Sampling is not null)
        {
            throw new InvalidInputException("conflicting-options", "A text has one answer that is measured, and it is not drawn.")
            {
                Option = "generation-config",
                Found = $"num_return_sequences {options.NumReturnSequences}{(options.Sampling is null ? "" : ", do_sample true")}",
                Expected = "num_return_sequences 1 without sampling",
            };
        }

        using var computation = new Computation(backend);
        var generator = new Generator(model, computation);
        var texts = new string[sources.Count];
        int done = 0;
        foreach (int[] indices in Enumerable.Range(0, sources.Count).OrderByDescending(index => sources[index].Length).Chunk(batchSize))
        {
            var written = generator.Generate([.. indices.Select(index => sources[index])], options, null, cancellationToken);
            foreach (var (row, index) in indices.Index())
            {
                texts[index] = tokenizer.Decode(written[row], skipSpecialTokens: true).Trim();
            }

            done += indices.Length;
            progress?.Report(done);
        }

        return texts;
    }

    /// <summary>
    /// Compares what was written with what should have been, in percent: of summaries ROUGE-1, -2, -L and -Lsum (mean F-measures, stemmed), of
    /// translations BLEU as sacreBLEU has it and chrF.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="hypotheses">What was written.</param>
    /// <param name="references">What should have been, uncut.</param>
    public static IReadOnlyDictionary<string, double> Score(TextPairTask task, IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
    {
        var scores = new OrderedDictionary<string, double>();
        if (task.IsTranslation)
        {
            scores.Add("bleu", new Bleu(new BleuOptions()).Score(hypotheses, references).Score);
            scores.Add("chrf", new Chrf().Score(hypotheses, references));
            return scores;
        }

        var rouge = new Rouge().Score([.. hypotheses.Select(SentenceSplitter.Split)], [.. references.Select(SentenceSplitter.Split)]);
        foreach (string name in (string[])["rouge1", "rouge2", "rougeL", "rougeLsum"])
        {
            scores.Add(name, 100 * RougeScores.Mean(rouge, name).FMeasure);
        }

        return scores;
    }

    private static IEnumerable<int[]> ByLength(EncodedPairs pairs, int batchSize) => Enumerable.Range(0, pairs.Sources.Count)
        .OrderByDescending(index => pairs.Sources[index].Length).ThenByDescending(index => pairs.Targets[index].Length).Chunk(batchSize);
}
