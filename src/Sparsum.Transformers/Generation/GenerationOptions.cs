namespace Sparsum.Transformers.Generation;

/// <summary>How to continue prompts.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to add to each prompt, at least 1.</summary>
    public int MaxNewTokens { get; init; } = 20;

    /// <summary>Tokens that end a sequence; none means that every sequence runs to <see cref="MaxNewTokens"/>.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>Token that fills rows on the left of a short prompt and behind the end.</summary>
    public int PadId { get; init; }

    /// <summary>How to draw tokens; null takes the likeliest one each time.</summary>
    public SamplingOptions? Sampling { get; init; }

    /// <summary>
    /// Divides positive and multiplies negative logits of tokens that the row already has (Keskar et al. 2019, CTRL); 1 leaves them alone.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>
    /// Whether keys and values of earlier tokens are kept; without, every step runs over the whole row. Same tokens either way.
    /// </summary>
    public bool UseCache { get; init; } = true;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(PadId);
        if (!(RepetitionPenalty > 0) || !double.IsFinite(RepetitionPenalty))
        {
            throw new ArgumentOutOfRangeException(nameof(RepetitionPenalty), RepetitionPenalty, "The repetition penalty must be positive.");
        }

        Sampling?.Validate();
    }
}
