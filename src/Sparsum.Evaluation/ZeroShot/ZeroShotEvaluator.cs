using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>Measures a language model on tasks without having shown it any example.</summary>
public static class ZeroShotEvaluator
{
    /// <summary>Tokens beyond which no further document joins a batch.</summary>
    private const int BatchTokens = 8192;

    /// <summary>Measures a task.</summary>
    /// <param name="model">A model whose parameters are loaded or packed.</param>
    /// <param name="tokenizer">Its tokenizer; no special tokens are added.</param>
    /// <param name="data">The documents.</param>
    /// <param name="backend">What computes.</param>
    /// <param name="batchSize">Most documents that go through the model together; changes speed and memory alone.</param>
    /// <param name="progress">Told how many documents are done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="InvalidInputException">A choice is longer than the model's window.</exception>
    /// <exception cref="RunFailedException">The model's probabilities are not finite.</exception>
    public static ZeroShotResult Measure(
        CausalLanguageModel model,
        ITokenizer tokenizer,
        ZeroShotData data,
        IBackend backend,
        int batchSize = 32,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var encoded = new List<EncodedDocument>();
        foreach (var (index, document) in data.Documents.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            encoded.Add(EncodedDocument.Create(index, document, tokenizer, model.MaxPositions));
        }

        var scores = new ZeroShotScore[encoded.Count];
        using var computation = new Computation(backend);
        var scorer = new LogLikelihoodScorer(model, computation);
        int done = 0;
        foreach (var batch in Plan(encoded, batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (document, likelihoods) in batch.Zip(scorer.Score(batch)))
            {
                scores[document.Index] = Judge(data, document.Index, likelihoods);
            }

            progress?.Report(done += batch.Count);
        }

        return new ZeroShotResult
        {
            Task = data.Task,
            Documents = scores,
            Truncated = encoded.Count(document => document.IsTruncated),
            DataSha256 = data.ComputeSha256(),
            PromptSha256 = data.ComputePromptSha256(),
        };
    }

    /// <summary>Documents of one shape in batches, the longest first.</summary>
    private static IEnumerable<List<EncodedDocument>> Plan(List<EncodedDocument> documents, int batchSize)
    {
        var shapes = documents.GroupBy(document => (document.Shared, document.Rest)).OrderByDescending(shape => shape.Key);
        foreach (var shape in shapes)
        {
            var batch = new List<EncodedDocument>();
            int tokens = 0;
            foreach (var document in shape)
            {
                int own = document.Shared + (document.Rest * document.Requests.Length);
                if (batch.Count == batchSize || (batch.Count > 0 && tokens + own > BatchTokens))
                {
                    yield return batch;
                    batch = [];
                    tokens = 0;
                }

                batch.Add(document);
                tokens += own;
            }

            yield return batch;
        }
    }

    private static ZeroShotScore Judge(ZeroShotData data, int index, LogLikelihood[] likelihoods)
    {
        var document = data.Documents[index];
        double[] sums = [.. likelihoods.Select(likelihood => likelihood.Sum)];
        bool? isRightNormed = document.Lengths is { } lengths
            ? IndexOfMax([.. sums.Zip(lengths, (sum, length) => sum / length)]) == document.Answer
            : null;
        bool? isGreedy = data.Task.IsGreedy ? likelihoods[0].IsGreedy : null;
        return new(data.First + index, sums, isGreedy ?? IndexOfMax(sums) == document.Answer, isRightNormed, isGreedy);
    }

    private static int IndexOfMax(double[] values) => Array.IndexOf(values, values.Max());
}
