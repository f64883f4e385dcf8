using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Training.Pretraining;

/// <summary>
/// Takes spans out of a text, others in every epoch, and asks for them (Raffel et al. 2020, section 3.1.4): the source has a sentinel where each
/// span was, the target each sentinel with its span behind it; both end with the end token. Lengths of spans and of what stands between
/// them are drawn as the reference code draws them: a text begins with what stays and ends with a span.
/// </summary>
public sealed class SpanCorruption : IExampleVariation
{
    private const ulong Purpose = 0x7370_616E_0000_0000;
    private readonly SpanOptions options;
    private readonly int[] sentinels;
    private readonly int end;

    /// <summary>Prepares for a tokenizer.</summary>
    /// <param name="tokenizer">A tokenizer with sentinels <c>&lt;extra_id_0&gt;</c>, <c>&lt;extra_id_1&gt;</c>, … and an end token.</param>
    /// <param name="options">How much is taken out.</param>
    /// <exception cref="InvalidInputException">The tokenizer has no sentinels or no end token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in (0, 1), or spans are shorter than 1.</exception>
    public SpanCorruption(ITokenizer tokenizer, SpanOptions options)
    {
        options.Validate();
        this.options = options;
        sentinels = [.. SentinelsOf(tokenizer)];
        end = tokenizer.EndId is { } token && sentinels.Length > 0
            ? token
            : throw new InvalidInputException("missing-special-token", "The tokenizer has no sentinels for spans, or no token that ends a text.")
            {
                Found = $"{sentinels.Length} sentinels, {(tokenizer.EndId is null ? "no" : "an")} eos_token",
                Expected = "tokens <extra_id_0>, <extra_id_1>, … and an eos_token",
                Hint = "Use a tokenizer of T5, or learn one with `train-tokenizer seq2seq-bpe`.",
            };
    }

    /// <inheritdoc/>
    public string Fingerprint => FormattableString.Invariant(
        $"spans {options.Share:R} {options.MeanLength:R} {options.Seed}, sentinels {string.Join(' ', sentinels)}, end {end}");

    /// <summary>Most tokens of a text of which no more than so many are left in the source, sentinels and end included.</summary>
    public int TextLength(int sourceLength)
    {
        int length = 2;
        while (options.Plan(length + 1) is var next && length + 1 - next.Tokens + next.Spans + 1 <= sourceLength && next.Spans <= sentinels.Length)
        {
            length++;
        }

        return length;
    }

    /// <inheritdoc/>
    public TrainingExample Vary(TrainingExample example, int index, int epoch)
    {
        int[] ids = example.InputIds;
        var (tokens, spans) = options.Plan(ids.Length);
        var random = new Pcg32(options.Seed ^ Purpose, ((ulong)(uint)epoch << 32) | (uint)index);
        int[] taken = Segments(tokens, spans, random);
        int[] kept = Segments(ids.Length - tokens, spans, random);
        var source = new List<int>(ids.Length);
        var target = new List<int>(tokens + spans + 1);
        int position = 0;
        for (int span = 0; span < spans; span++)
        {
            source.AddRange(ids.AsSpan(position, kept[span]));
            source.Add(sentinels[span]);
            target.Add(sentinels[span]);
            target.AddRange(ids.AsSpan(position + kept[span], taken[span]));
            position += kept[span] + taken[span];
        }

        return example with { InputIds = [.. source, end], TokenLabels = null, Target = [.. target, end] };
    }

    private static IEnumerable<int> SentinelsOf(ITokenizer tokenizer)
    {
        for (int number = 0; ; number++)
        {
            if (tokenizer.Encode(FormattableString.Invariant($"<extra_id_{number}>"), addSpecialTokens: false) is not [var id] || !tokenizer.SpecialIds.Contains(id))
            {
                yield break;
            }

            yield return id;
        }
    }

    /// <summary>The lengths of so many parts that are at least 1 and add up to a number, all such lengths alike in probability.</summary>
    private static int[] Segments(int items, int parts, Pcg32 random)
    {
        int[] places = [.. Enumerable.Range(1, items - 1)];
        SeededShuffle.Run<int>(places, random);
        int[] cuts = [0, .. places.Take(parts - 1).Order(), items];
        return [.. cuts.Zip(cuts.Skip(1), (first, second) => second - first)];
    }
}

/// <summary>How much of a text is taken out; the defaults are T5's.</summary>
public sealed record SpanOptions
{
    /// <summary>Share of the tokens that are taken out.</summary>
    public double Share { get; init; } = 0.15;

    /// <summary>Mean tokens of a span.</summary>
    public double MeanLength { get; init; } = 3;

    /// <summary>Seed of the choices.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many tokens of a text are taken out, in how many spans; at least one of each, and one token stays.</summary>
    /// <param name="length">Tokens of the text, at least 2.</param>
    internal (int Tokens, int Spans) Plan(int length)
    {
        int tokens = Math.Clamp((int)Math.Round(length * Share), 1, length - 1);
        int spans = Math.Clamp((int)Math.Round(tokens / MeanLength), 1, Math.Min(tokens, length - tokens));
        return (tokens, spans);
    }

    /// <summary>Refuses numbers that mean nothing.</summary>
    internal void Validate()
    {
        if (!(Share is > 0 and < 1) || !(MeanLength >= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Share), $"{Share}, {MeanLength}", "A share in (0, 1), and spans of at least 1.");
        }
    }
}
