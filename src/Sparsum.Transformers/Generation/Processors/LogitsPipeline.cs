namespace Sparsum.Transformers.Generation.Processors;

/// <summary>The processors that options ask for, in the order of the reference.</summary>
internal static class LogitsPipeline
{
    /// <summary>The processors that every search has.</summary>
    public static ILogitsProcessor[] OfSearch(GenerationOptions options)
    {
        var list = new List<ILogitsProcessor>();
        Add(options.EncoderRepetitionPenalty != 1, () => new TokenPenalty(options.EncoderRepetitionPenalty, ofSource: true));
        Add(options.RepetitionPenalty != 1, () => new TokenPenalty(options.RepetitionPenalty, ofSource: false));
        Add(options.NoRepeatNgramSize > 0, () => new RepeatedNgrams(options.NoRepeatNgramSize, ofSource: false));
        Add(options.EncoderNoRepeatNgramSize > 0, () => new RepeatedNgrams(options.EncoderNoRepeatNgramSize, ofSource: true));
        Add(options.BadWordsIds.Count > 0, () => new BadWords(options.BadWordsIds, options.EndIds));
        Add(options.MinLength > 0 || options.MinNewTokens > 0, () => new MinimumLength(options.MinLength, options.MinNewTokens, options.EndIds));
        Add(options.ForcedBosTokenId is not null, () => new ForcedTokens([options.ForcedBosTokenId!.Value], lastStep: null));
        Add(options.ForcedEosTokenId.Count > 0, () => new ForcedTokens(options.ForcedEosTokenId, options.MaxNewTokens - 1));
        Add(options.LengthDecay is not null, () => new LengthDecay(options.LengthDecay!.Value.Start, options.LengthDecay.Value.Factor, options.EndIds));
        Add(options.SuppressTokens.Count > 0, () => new SuppressedTokens(options.SuppressTokens));
        Add(
            options.BeginSuppressTokens.Count > 0,
            () => new SuppressedTokens(options.BeginSuppressTokens, onlyAtBegin: true, options.ForcedBosTokenId is not null));
        return [.. list];

        void Add(bool isAsked, Func<ILogitsProcessor> create)
        {
            if (isAsked)
            {
                list.Add(create());
            }
        }
    }

    /// <summary>The filters before a token is drawn.</summary>
    public static ILogitsProcessor[] OfSampling(SamplingOptions options) =>
    [
        .. options.Temperature != 1 ? new[] { new Temperature(options.Temperature) } : [],
        .. options.TopK > 0 ? new[] { new TopTokens(options.TopK) } : [],
        .. options.TopP < 1 ? new[] { new Nucleus(options.TopP) } : [],
        .. options.MinP > 0 ? new[] { ProbabilityFloor.OfLikeliest(options.MinP) } : [],
        .. options.TypicalP < 1 ? new[] { new TypicalTokens(options.TypicalP) } : [],
        .. options.EpsilonCutoff > 0 ? new[] { ProbabilityFloor.Fixed(options.EpsilonCutoff) } : [],
        .. options.EtaCutoff > 0 ? new[] { ProbabilityFloor.OfEntropy(options.EtaCutoff) } : [],
    ];
}
