using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>Collects the negative log-likelihood of every sequence of a text.</summary>
internal sealed class LossTotal(TokenizedText text)
{
    /// <summary>Most bytes of logits that exist at a time; a whole window of a large vocabulary would take hundreds of megabytes.</summary>
    private const int LogitBytes = 64 << 20;

    private readonly double[] losses = new double[text.Sequences.Count];

    /// <summary>Scores a batch from its finished hidden states <c>[rows * length, hidden]</c>.</summary>
    /// <exception cref="RunFailedException">A loss is not finite.</exception>
    public void Add(CausalLanguageModel model, ForwardPass pass, SequenceBatch batch, Tensor hidden)
    {
        int chunk = Math.Max(1, LogitBytes / sizeof(float) / model.VocabularySize);
        double[] rowLosses = new double[batch.Targets.Length];
        for (int start = 0; start < rowLosses.Length; start += chunk)
        {
            int count = Math.Min(chunk, rowLosses.Length - start);
            using var logits = model.Project(pass, hidden.Rows(start, count));
            pass.Computation.Backend.CrossEntropy(logits, batch.Targets.AsSpan(start, count), rowLosses.AsSpan(start, count));
        }

        for (int row = 0; row < batch.Indices.Length; row++)
        {
            double sum = 0;
            foreach (double loss in rowLosses.AsSpan(row * batch.Length, batch.Length))
            {
                sum += loss;
            }

            losses[batch.Indices[row]] = double.IsFinite(sum) ? sum : throw NotFinite(batch.Indices[row], sum);
        }
    }

    /// <summary>The result, once every sequence has been scored; summed in the order of the text, whatever the batches were.</summary>
    public PerplexityResult ToResult()
    {
        double total = losses.Sum();
        long tokens = text.Sequences.Sum(ids => ids.Length - 1L);
        return new PerplexityResult
        {
            Perplexity = Math.Exp(total / tokens),
            NegativeLogLikelihood = total,
            MeanLosses = [.. losses.Zip(text.Sequences, (loss, ids) => loss / (ids.Length - 1))],
            Tokens = tokens,
            Protocol = text.Options.Protocol!.Value,
            Window = text.Options.Window!.Value,
            Sequences = text.Sequences.Count,
            Documents = text.Documents,
            Skipped = text.Skipped,
            DroppedTokens = text.DroppedTokens,
            SpecialTokens = text.SpecialTokens,
            Tokenizer = text.Tokenizer,
            DataSha256 = text.DataSha256,
        };
    }

    private RunFailedException NotFinite(int index, double sum)
    {
        string kind = text.Options.Protocol == PerplexityProtocol.Documents ? "scored document" : "window";
        return new RunFailedException("loss-not-finite", $"The loss of {kind} {index} (counted from 0) is not finite.")
        {
            Found = double.IsNaN(sum) ? "NaN" : "infinity",
            Expected = "a finite loss",
            Hint = "The model's weights are damaged or overflow: inspect the model, or measure the dense one first.",
        };
    }
}
