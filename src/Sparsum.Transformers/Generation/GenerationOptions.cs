using Sparsum.Tensors;

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
    /// Above 1 favours tokens of the source (of the prompt where there is no encoder); 1 leaves them alone. As in the reference, the padding
    /// of a source that is shorter than others of its batch is part of it.
    /// </summary>
    public double EncoderRepetitionPenalty { get; init; } = 1;

    /// <summary>No n-gram of this size comes twice in a text, its prompt included (Paulus et al. 2017); 0 allows all.</summary>
    public int NoRepeatNgramSize { get; init; }

    /// <summary>No n-gram of this size comes from the source (from the prompt where there is no encoder); 0 allows all.</summary>
    public int EncoderNoRepeatNgramSize { get; init; }

    /// <summary>Sequences of tokens that must not come.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWordsIds { get; init; } = [];

    /// <summary>Tokens that must not come.</summary>
    public IReadOnlyList<int> SuppressTokens { get; init; } = [];

    /// <summary>Tokens that must not come first.</summary>
    public IReadOnlyList<int> BeginSuppressTokens { get; init; } = [];

    /// <summary>The token after a prompt of one token, as every target of an encoder is; null leaves it free.</summary>
    public int? ForcedBosTokenId { get; init; }

    /// <summary>Tokens one of which must be the last one when the most tokens are reached; none leaves it free.</summary>
    public IReadOnlyList<int> ForcedEosTokenId { get; init; } = [];

    /// <summary>The token with which targets begin; null takes the model's. A model without an encoder has none.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>
    /// Most tokens of the longest row, its prompt included; null leaves it to <see cref="MaxNewTokens"/>, which does not count otherwise.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>Least tokens of a row before it may end, prompt and padding included.</summary>
    public int MinLength { get; init; }

    /// <summary>Least new tokens of a row before it may end.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>
    /// From so many new tokens on the end tokens gain <c>|score| * (factor^excess - 1)</c>; null for no such thing.
    /// </summary>
    public (int Start, double Factor)? LengthDecay { get; init; }

    /// <summary>Beams of a beam search; 1 for none.</summary>
    public int NumBeams { get; init; } = 1;

    /// <summary>Sequences to give for each prompt, at most as many as beams.</summary>
    public int NumReturnSequences { get; init; } = 1;

    /// <summary>A beam's score is its log-probability by its number of new tokens to this power (Wu et al. 2016); above 0 favours long ones.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>When a beam search stops.</summary>
    public EarlyStopping EarlyStopping { get; init; }

    /// <summary>
    /// Whether keys and values of earlier tokens are kept; without, every step runs over the whole row. Same tokens either way.
    /// </summary>
    public bool UseCache { get; init; } = true;

    /// <summary>
    /// How kept keys and values are held: <see cref="StorageType.Float32"/>, or in half or about a quarter of its memory
    /// <see cref="StorageType.BFloat16"/> or <see cref="StorageType.Int8"/>, which round them as <see cref="KeyValueRows"/> says. Without
    /// <see cref="UseCache"/> there are none.
    /// </summary>
    public StorageType CacheStorage { get; init; } = StorageType.Float32;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(PadId);
        Positive(RepetitionPenalty, nameof(RepetitionPenalty));
        Positive(EncoderRepetitionPenalty, nameof(EncoderRepetitionPenalty));
        ArgumentOutOfRangeException.ThrowIfNegative(NoRepeatNgramSize);
        ArgumentOutOfRangeException.ThrowIfNegative(EncoderNoRepeatNgramSize);
        ArgumentOutOfRangeException.ThrowIfNegative(MinLength);
        ArgumentOutOfRangeException.ThrowIfNegative(MinNewTokens);
        if (!KeyValueRows.Storages.Contains(CacheStorage))
        {
            throw new ArgumentOutOfRangeException(
                nameof(CacheStorage), CacheStorage, $"Keys and values are held in {string.Join(", ", KeyValueRows.Storages)}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(NumBeams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(NumReturnSequences, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(NumReturnSequences, NumBeams);
        if (!double.IsFinite(LengthPenalty))
        {
            throw new ArgumentOutOfRangeException(nameof(LengthPenalty), LengthPenalty, "The length penalty must be finite.");
        }

        if (BadWordsIds.Any(word => word.Count == 0))
        {
            throw new ArgumentOutOfRangeException(nameof(BadWordsIds), "A bad word has no tokens.");
        }

        if (LengthDecay is { } decay && (decay.Start < 0 || !(decay.Factor > 0) || !double.IsFinite(decay.Factor)))
        {
            throw new ArgumentOutOfRangeException(nameof(LengthDecay), decay, "The decay must begin at 0 or later and have a positive factor.");
        }

        if (NumBeams > 1 && Sampling is not null)
        {
            throw new ArgumentOutOfRangeException(nameof(NumBeams), NumBeams, "Beams are searched, not sampled.");
        }

        Sampling?.Validate();
    }

    /// <summary>Every token that the options name beside the padding.</summary>
    internal IEnumerable<(string Name, int Id)> NamedTokens() =>
    [
        .. BadWordsIds.SelectMany(word => word).Select(id => ("bad_words_ids", id)),
        .. SuppressTokens.Select(id => ("suppress_tokens", id)),
        .. BeginSuppressTokens.Select(id => ("begin_suppress_tokens", id)),
        .. ForcedEosTokenId.Select(id => ("forced_eos_token_id", id)),
        .. ForcedBosTokenId is { } forced ? new[] { ("forced_bos_token_id", forced) } : [],
        .. DecoderStartTokenId is { } start ? new[] { ("decoder_start_token_id", start) } : [],
        .. MinLength > 0 || MinNewTokens > 0 || LengthDecay is not null ? EndIds.Select(id => ("eos_token_id", id)) : [],
    ];

    private static void Positive(double penalty, string name)
    {
        if (!(penalty > 0) || !double.IsFinite(penalty))
        {
            throw new ArgumentOutOfRangeException(name, penalty, "The penalty must be positive.");
        }
    }
}
