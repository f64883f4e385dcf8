using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>The negative log-likelihood of sequences, from the states that a causal language model has finished.</summary>
public static class SequenceLoss
{
    /// <summary>Target of positions that predict nothing: padding and the last token of each sequence.</summary>
    private const int NoTarget = -100;

    /// <summary>Most bytes of logits that exist at a time; a whole window of a large vocabulary would take hundreds of megabytes.</summary>
    private const int LogitBytes = 64 << 20;

    /// <summary>Tokens whose logits exist at a time.</summary>
    /// <param name="vocabularySize">Size of the vocabulary.</param>
    public static int TokensAtOnce(int vocabularySize) => Math.Max(1, LogitBytes / sizeof(float) / vocabularySize);

    /// <summary>For each sequence of a batch the sum over its tokens but the first, in nats; the parameters of the head must be loaded.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pass">A pass over the batch.</param>
    /// <param name="batch">The sequences; padding is on the right.</param>
    /// <param name="finished">Their finished states <c>[batch * length, hidden]</c>, see <see cref="DecoderModel.Finish"/>.</param>
    public static double[] Sums(CausalLanguageModel model, ForwardPass pass, TokenBatch batch, Tensor finished)
    {
        int chunk = TokensAtOnce(model.VocabularySize);
        int[] targets = Targets(batch);
        double[] losses = new double[targets.Length];
        for (int start = 0; start < losses.Length; start += chunk)
        {
            int count = Math.Min(chunk, losses.Length - start);
            using var logits = model.Project(pass, finished.Rows(start, count));
            pass.Computation.Backend.CrossEntropy(logits, targets.AsSpan(start, count), losses.AsSpan(start, count));
        }

        double[] sums = new double[batch.Batch];
        for (int row = 0; row < sums.Length; row++)
        {
            foreach (double loss in losses.AsSpan(row * batch.Length, batch.Length))
            {
                sums[row] += loss;
            }
        }

        return sums;
    }

    /// <summary>The next token at every position, if there is one.</summary>
    private static int[] Targets(TokenBatch batch)
    {
        int[] targets = new int[batch.InputIds.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            bool isFollowed = (i + 1) % batch.Length != 0 && batch.AttentionMask?[i + 1] != 0;
            targets[i] = isFollowed ? batch.InputIds[i + 1] : NoTarget;
        }

        return targets;
    }
}
