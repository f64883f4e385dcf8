using Sparsum.Core;


namespace Sparsum.Transformers.Generation;

/// <summary>Chooses the next token of each row from its logits.</summary>
internal sealed class TokenChooser
{
    private readonly TokenSampler[]? samplers;
    private readonly double penalty;
    private float[] penalized = [];

    /// <summary>Creates the chooser of a batch.</summary>
    public TokenChooser(GenerationOptions options, int rows)
    {
        penalty = options.RepetitionPenalty;
        samplers = options.Sampling is { } sampling
            ? [.. Enumerable.Range(0, rows).Select(row => new TokenSampler(sampling, (ulong)row))]
            : null;
    }

    /// <summary>The next token of a row.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="logits">Its logits, <c>[vocabulary]</c>.</param>
    /// <param name="tokens">What it already has.</param>
    /// <exception cref="RunFailedException">A logit is NaN or +∞, or all are -∞.</exception>
    public int Choose(int row, ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        if (penalty != 1)
        {
            logits = Penalize(logits, tokens);
        }

        int likeliest = Likeliest(logits);
        return samplers is null ? likeliest : samplers[row].Next(logits);
    }

    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        int best = -1;
        for (int i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i]) || float.IsPositiveInfinity(logits[i]))
            {
                throw NotFinite();
            }

            if (logits[i] > (best < 0 ? float.NegativeInfinity : logits[best]))
            {
                best = i;
            }
        }

        return best >= 0 ? best : throw NotFinite();
    }

    private static RunFailedException NotFinite() => new("non-finite-logits", "The model's logits are not finite.")
    {
        Hint = "The weights overflow somewhere; check them, or run in float32 storage.",
    };

    private ReadOnlySpan<float> Penalize(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens)
    {
        if (penalized.Length != logits.Length)
        {
            penalized = new float[logits.Length];
        }

        logits.CopyTo(penalized);
        foreach (int token in tokens)
        {
            // Reading the original keeps tokens that occur twice from being punished twice.
            float logit = logits[token];
            penalized[token] = (float)(logit < 0 ? logit * penalty : logit / penalty);
        }

        return penalized;
    }
}
