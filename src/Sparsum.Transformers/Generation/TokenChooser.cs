using Sparsum.Core;
using Sparsum.Transformers.Generation.Processors;

namespace Sparsum.Transformers.Generation;

/// <summary>Chooses the next token of each row from its logits.</summary>
internal sealed class TokenChooser
{
    private readonly TokenSampler[]? samplers;
    private readonly ILogitsProcessor[] processors;
    private float[] processed = [];

    /// <summary>Creates the chooser of a batch.</summary>
    /// <param name="options">How to choose.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="firstStream">The random stream of the first row; others count on.</param>
    public TokenChooser(GenerationOptions options, int rows, ulong firstStream = 0)
    {
        processors = LogitsPipeline.OfSearch(options);
        samplers = options.Sampling is { } sampling
            ? [.. Enumerable.Range(0, rows).Select(row => new TokenSampler(sampling, firstStream + (ulong)row))]
            : null;
    }

    /// <summary>The next token of a row.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="logits">Its logits, <c>[vocabulary]</c>.</param>
    /// <param name="history">What it already has.</param>
    /// <exception cref="RunFailedException">A logit is NaN or +∞, all are -∞, or the settings exclude every token.</exception>
    public int Choose(int row, ReadOnlySpan<float> logits, TokenHistory history)
    {
        int likeliest = Likeliest(logits);
        if (processors.Length > 0)
        {
            logits = Process(logits, history);
            likeliest = Likeliest(logits, areProcessed: true);
        }

        return samplers is null ? likeliest : samplers[row].Next(logits);
    }

    /// <summary>The likeliest token, of equals the one with the lowest id.</summary>
    /// <exception cref="RunFailedException">A logit is NaN or +∞, or all are -∞.</exception>
    public static int Likeliest(ReadOnlySpan<float> logits, bool areProcessed = false)
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

        return best >= 0 ? best : throw (areProcessed ? NothingLeft() : NotFinite());
    }

    private static RunFailedException NotFinite() => new("non-finite-logits", "The model's logits are not finite.")
    {
        Hint = "The weights overflow somewhere; check them, or run in float32 storage.",
    };

    /// <summary>The error for settings that exclude every token.</summary>
    public static RunFailedException NothingLeft() => new("no-token-left", "The generation settings exclude every token of a step.")
    {
        Hint = "Relax the settings that exclude tokens: n-grams, bad words, suppressed tokens, the minimum length.",
    };

    private ReadOnlySpan<float> Process(ReadOnlySpan<float> logits, TokenHistory history)
    {
        if (processed.Length != logits.Length)
        {
            processed = new float[logits.Length];
        }

        logits.CopyTo(processed);
        foreach (var processor in processors)
        {
            processor.Apply(processed, history);
        }

        return processed;
    }
}
