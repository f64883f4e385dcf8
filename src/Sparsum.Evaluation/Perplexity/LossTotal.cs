using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>Collects the negative log-likelihood of every sequence of a text.</summary>
internal sealed class LossTotal(TokenizedText text)
{
    private readonly double[] losses = new double[text.Sequences.Count];

    /// <summary>Scores a batch from its finished hidden states <c>[rows * length, hidden]</c>.</summary>
    /// <exception cref="RunFailedException">A loss is not finite.</exception>
    public void Add(CausalLanguageModel model, ForwardPass pass, SequenceBatch batch, Tensor hidden)
    {
        foreach (var (row, sum) in SequenceLoss.Sums(model, pass, batch.Tokens, hidden).Index())
        {
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
