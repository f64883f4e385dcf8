using Sparsum.Transformers.Generation.Processors;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Draws tokens for one row of a batch.</summary>
internal sealed class TokenSampler(SamplingOptions options, ulong stream)
{
    private readonly Pcg32 random = new(options.Seed, stream);
    private readonly ILogitsProcessor[] filters = LogitsPipeline.OfSampling(options);

    /// <summary>Draws from the filtered distribution of the logits, which must be finite or -∞, one at least finite.</summary>
    public int Next(ReadOnlySpan<float> logits)
    {
        float[] scores = logits.ToArray();
        foreach (var filter in filters)
        {
            filter.Apply(scores, default);
        }

        double maximum = scores.Max();
        double target = random.NextDouble() * scores.Sum(score => Math.Exp(score - maximum));
        double running = 0;
        int last = 0;
        for (int i = 0; i < scores.Length && running <= target; i++)
        {
            if (scores[i] > float.NegativeInfinity)
            {
                last = i;
                running += Math.Exp(scores[i] - maximum);
            }
        }

        return last;
    }
}
