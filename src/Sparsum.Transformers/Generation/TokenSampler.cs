using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Draws tokens for one row of a batch.</summary>
internal sealed class TokenSampler(SamplingOptions options, ulong stream)
{
    private readonly Pcg32 random = new(options.Seed, stream);
    private int[] ids = [];
    private double[] weights = [];

    /// <summary>Draws from the filtered distribution of the logits, which must be finite or -∞, one at least finite.</summary>
    public int Next(ReadOnlySpan<float> logits)
    {
        int count = Candidates(logits);
        double maximum = double.NegativeInfinity;
        for (int i = 0; i < count; i++)
        {
            maximum = Math.Max(maximum, logits[ids[i]]);
        }

        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            weights[i] = Math.Exp((logits[ids[i]] - maximum) / options.Temperature);
            sum += weights[i];
        }

        count = KeepTopP(count, ref sum);
        double target = random.NextDouble() * sum;
        double running = 0;
        int last = 0;
        for (int i = 0; i < count; i++)
        {
            if (weights[i] > 0)
            {
                last = i;
                running += weights[i];
                if (running > target)
                {
                    break;
                }
            }
        }

        return ids[last];
    }

    /// <summary>Fills the candidates that top-k leaves, the likeliest first where a filter needs that, and returns how many.</summary>
    private int Candidates(ReadOnlySpan<float> logits)
    {
        if (ids.Length < logits.Length)
        {
            ids = new int[logits.Length];
            weights = new double[logits.Length];
        }

        if (options.TopK > 0 && options.TopK < logits.Length)
        {
            return KeepTopK(logits);
        }

        for (int i = 0; i < logits.Length; i++)
        {
            ids[i] = i;
        }

        if (options.TopP < 1)
        {
            SortByLikelihood(logits, logits.Length);
        }

        return logits.Length;
    }

    private int KeepTopK(ReadOnlySpan<float> logits)
    {
        // The queue's head is the candidate to give up first: the smallest logit, of equals the highest id.
        var kept = new PriorityQueue<int, (float Logit, int NegatedId)>();
        for (int i = 0; i < logits.Length; i++)
        {
            if (kept.Count < options.TopK)
            {
                kept.Enqueue(i, (logits[i], -i));
            }
            else
            {
                kept.EnqueueDequeue(i, (logits[i], -i));
            }
        }

        for (int i = options.TopK - 1; i >= 0; i--)
        {
            ids[i] = kept.Dequeue();
        }

        return options.TopK;
    }

    private void SortByLikelihood(ReadOnlySpan<float> logits, int count)
    {
        for (int i = 0; i < count; i++)
        {
            weights[i] = -logits[i];
        }

        // Equal keys would come in any order; the ids break ties.
        Array.Sort(weights, ids, 0, count);
        for (int start = 0; start < count;)
        {
            int end = start + 1;
            while (end < count && weights[end] == weights[start])
            {
                end++;
            }

            Array.Sort(ids, start, end - start);
            start = end;
        }
    }

    private int KeepTopP(int count, ref double sum)
    {
        if (options.TopP >= 1)
        {
            return count;
        }

        double limit = options.TopP * sum;
        double kept = 0;
        int i = 0;
        while (i < count && kept < limit)
        {
            kept += weights[i++];
        }

        sum = kept;
        return i;
    }
}
