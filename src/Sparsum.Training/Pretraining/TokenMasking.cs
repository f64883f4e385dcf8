using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>
/// Hides tokens for masked language modelling, others in every epoch (Liu et al., RoBERTa, 2019, "dynamic masking"). Each decision is a
/// function of seed, epoch, example and position. Special tokens are never hidden; in each example at least one token is.
/// </summary>
public sealed class TokenMasking : IExampleVariation
{
    // Dropout draws from streams of the same seed.
    private const ulong Purpose = 0x6D61_736B_0000_0000;

    private readonly MaskingOptions options;
    private readonly int maskId;
    private readonly IReadOnlySet<int> specialIds;
    private readonly int[] ordinaryIds;

    /// <summary>Prepares for a tokenizer.</summary>
    /// <exception cref="InvalidInputException">The tokenizer has no mask token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A share is not in [0, 1], or those of masked and random tokens exceed 1.</exception>
    public TokenMasking(ITokenizer tokenizer, MaskingOptions options)
    {
        foreach (double share in new[] { options.Share, options.MaskedShare, options.RandomShare, options.MaskedShare + options.RandomShare })
        {
            if (!(share is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(options), share, "A share is a number in [0, 1].");
            }
        }

        this.options = options;
        specialIds = tokenizer.SpecialIds;
        ordinaryIds = [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => !specialIds.Contains(id))];
        maskId = tokenizer.MaskId
            ?? throw new InvalidInputException("missing-special-token", "The tokenizer has no mask_token, which masked language modelling needs.")
            {
                Expected = "a tokenizer with a mask_token",
                Hint = "Use a tokenizer of a BERT-like model, or learn one with `train-tokenizer wordpiece`.",
            };
    }

    /// <inheritdoc/>
    public string Fingerprint => FormattableString.Invariant(
        $"masking {options.Share:R} {options.MaskedShare:R} {options.RandomShare:R} {options.Seed}, mask {maskId} of {ordinaryIds.Length}");

    /// <inheritdoc/>
    public TrainingExample Vary(TrainingExample example, int index, int epoch)
    {
        var stream = new RandomStream(options.Seed ^ Purpose, ((ulong)(uint)epoch << 32) | (uint)index);
        int[] ids = [.. example.InputIds];
        int[] labels = new int[ids.Length];
        Array.Fill(labels, TrainingBatch.IgnoredLabel);
        var (lowest, lowestDraw) = (-1, double.PositiveInfinity);
        for (int position = 0; position < ids.Length; position++)
        {
            double draw = Fraction(stream.Block((ulong)position).First);
            if (specialIds.Contains(ids[position]))
            {
                continue;
            }

            if (draw < lowestDraw)
            {
                (lowest, lowestDraw) = (position, draw);
            }

            if (draw < options.Share)
            {
                Hide(position);
            }
        }

        if (lowest >= 0 && lowestDraw >= options.Share)
        {
            Hide(lowest);
        }

        return example with { InputIds = ids, TokenLabels = labels };

        void Hide(int position)
        {
            var block = stream.Block((ulong)position);
            double kind = Fraction(block.Second);
            labels[position] = ids[position];
            ids[position] = kind < options.MaskedShare ? maskId
                : kind < options.MaskedShare + options.RandomShare ? ordinaryIds[(int)(((ulong)block.Third * (ulong)ordinaryIds.Length) >> 32)]
                : ids[position];
        }
    }

    private static double Fraction(uint word) => word * (1.0 / (1UL << 32));
}
