using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>The kinds of stretching of rotary frequencies, with the numbers that each needs.</summary>
internal sealed class RotaryStretch(int size, double theta, RotaryScaling scaling, int maxPositions)
{
    private readonly int original = scaling.OriginalMaxPositionEmbeddings ?? maxPositions;

    /// <summary>The frequencies, of short sequences where long ones have others.</summary>
    public double[] Frequencies() => scaling.Kind switch
    {
        "default" or "dynamic" => Plain(theta),
        "linear" => [.. Plain(theta).Select(frequency => frequency / Need("factor", scaling.Factor))],
        "llama3" => [.. Plain(theta).Select(StretchByBand)],
        "yarn" => StretchByRamp(),
        "longrope" => DivideBy("short_factor", scaling.ShortFactor),
        _ => throw ConfigCheck.Unsupported(
            "rope_scaling.rope_type", $"'{scaling.Kind}'", "default, linear, dynamic, yarn, longrope or llama3"),
    };

    /// <summary>The factor on what is rotated.</summary>
    public float Scale() => scaling.Kind switch
    {
        "yarn" => (float)(scaling.AttentionFactor ?? YarnScale()),
        "longrope" => (float)(scaling.AttentionFactor ?? LongScale()),
        _ => 1,
    };

    /// <summary>The frequencies of long sequences.</summary>
    public LongRotary? Long()
    {
        if (scaling.Kind == "longrope")
        {
            double[] divided = DivideBy("long_factor", scaling.LongFactor);
            return new LongRotary(PositiveOriginal(), _ => divided, IsFixed: true);
        }

        if (scaling.Kind != "dynamic")
        {
            return null;
        }

        // The base grows with the length, so that the slowest feature is stretched as linear scaling would and the fastest stays.
        double factor = Need("factor", scaling.Factor);
        if (size < 4)
        {
            throw ConfigCheck.Invalid("head_dim", $"{size} rotated features", "at least 4 with rope_type dynamic");
        }

        return new LongRotary(
            maxPositions,
            length => Plain(theta * Math.Pow((factor * length / maxPositions) - (factor - 1), size / (size - 2.0))),
            IsFixed: false);
    }

    private double[] Plain(double atBase) => [.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(atBase, -2.0 * i / size))];

    /// <summary>
    /// LLaMA 3.1: long waves are stretched by the factor, short ones not at all, those between by a blend that is linear in the number of
    /// waves that fit the original context.
    /// </summary>
    private double StretchByBand(double frequency)
    {
        double factor = Need("factor", scaling.Factor);
        double low = Need("low_freq_factor", scaling.LowFreqFactor);
        double high = Need("high_freq_factor", scaling.HighFreqFactor);
        double waves = PositiveOriginal() * frequency / (2 * Math.PI);
        if (waves < low)
        {
            return frequency / factor;
        }

        if (waves >= high)
        {
            return frequency;
        }

        double blend = (waves - low) / (high - low);
        return ((1 - blend) * frequency / factor) + (blend * frequency);
    }

    /// <summary>YaRN (Peng et al. 2023, section 3.2): a ramp over the features from those that stay to those that are stretched in full.</summary>
    private double[] StretchByRamp()
    {
        double factor = YarnFactor();
        double low = Feature(OrElse("beta_fast", scaling.BetaFast, 32));
        double high = Feature(OrElse("beta_slow", scaling.BetaSlow, 1));
        if (scaling.Truncate != false)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        high = low == high ? high + 0.001 : high;
        double[] plain = Plain(theta);
        for (int i = 0; i < plain.Length; i++)
        {
            double ramp = Math.Clamp((i - low) / (high - low), 0, 1);
            plain[i] *= (ramp / factor) + (1 - ramp);
        }

        return plain;

        // The feature, not rounded, that turns so often within the original context.
        double Feature(double turns) => size * Math.Log(PositiveOriginal() / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    private double YarnFactor() => scaling.Factor is null ? (double)maxPositions / PositiveOriginal() : Need("factor", scaling.Factor);

    private double YarnScale()
    {
        double factor = YarnFactor();
        return scaling.Mscale is { } weight && weight != 0 && scaling.MscaleAllDim is { } all && all != 0
            ? Weigh(weight) / Weigh(all)
            : Weigh(1);

        double Weigh(double by) => factor <= 1 ? 1 : (0.1 * by * Math.Log(factor)) + 1;
    }

    /// <summary>LongRoPE (Ding et al. 2024) as Phi-3 has it.</summary>
    private double LongScale()
    {
        double factor = YarnFactor();
        return factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(PositiveOriginal())));
    }

    private double[] DivideBy(string key, IReadOnlyList<double>? divisors)
    {
        if (divisors is null || divisors.Count != size / 2)
        {
            throw ConfigCheck.Invalid($"rope_scaling.{key}", divisors is null ? "missing" : $"a list of {divisors.Count}", $"a list of {size / 2}");
        }

        return [.. Plain(theta).Zip(divisors, (frequency, divisor) => frequency / Need(key, divisor))];
    }

    private int PositiveOriginal() => (int)Need("original_max_position_embeddings", original);

    private static double OrElse(string key, double? value, double otherwise) => value is null or 0 ? otherwise : Need(key, value);

    private static double Need(string key, double? value)
    {
        string found = value is null ? "missing" : FormattableString.Invariant($"{value}");
        return value is > 0 && double.IsFinite(value.Value)
            ? value.Value
            : throw ConfigCheck.Invalid($"rope_scaling.{key}", found, "a positive number");
    }
}
