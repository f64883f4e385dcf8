using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// The object <c>rope_scaling</c> of a configuration (<c>rope_parameters</c> in newer files): how frequencies are stretched.
/// </summary>
public sealed record RotaryScaling
{
    /// <summary>The kind: <c>default</c>, <c>linear</c> or <c>llama3</c>.</summary>
    public string? RopeType { get; init; }

    /// <summary>The kind under its older key.</summary>
    public string? Type { get; init; }

    /// <summary>How many times longer contexts become.</summary>
    public double? Factor { get; init; }

    /// <summary>llama3: wavelengths above the original context length over this are stretched in full.</summary>
    public double? LowFreqFactor { get; init; }

    /// <summary>llama3: wavelengths below the original context length over this stay as they are.</summary>
    public double? HighFreqFactor { get; init; }

    /// <summary>llama3: the context length before stretching.</summary>
    public int? OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>The base, in files that keep it here.</summary>
    public double? RopeTheta { get; init; }

    /// <summary>The share of rotated features, in files that keep it here.</summary>
    public double? PartialRotaryFactor { get; init; }

    /// <summary>
    /// The embedding of <paramref name="size"/> features: frequency <c>i</c> is <c>theta^(-2i/size)</c> (Su et al., RoFormer, eq. 15),
    /// then stretched.
    /// </summary>
    /// <exception cref="Core.InvalidInputException">The kind is unknown or lacks a number it needs, or the size is not even.</exception>
    internal static RotaryEmbedding Embed(int size, double theta, RotaryScaling? scaling)
    {
        theta = scaling?.RopeTheta ?? theta;
        if (size < 2 || size % 2 != 0)
        {
            throw ConfigCheck.Invalid("head_dim", $"{size} rotated features", "an even number of rotated features");
        }

        if (!(theta > 0) || !double.IsFinite(theta))
        {
            throw ConfigCheck.Invalid("rope_theta", FormattableString.Invariant($"{theta}"), "a positive number");
        }

        var frequencies = new double[size / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double frequency = Math.Pow(theta, -2.0 * i / size);
            frequencies[i] = scaling is null ? frequency : scaling.Stretch(frequency);
        }

        return new RotaryEmbedding(frequencies);
    }

    private double Stretch(double frequency)
    {
        string kind = RopeType ?? Type ?? "default";
        return kind switch
        {
            "default" => frequency,
            "linear" => frequency / Need("factor", Factor),
            "llama3" => StretchByBand(frequency),
            _ => throw ConfigCheck.Unsupported("rope_scaling.rope_type", $"'{kind}'", "default, linear or llama3"),
        };
    }

    /// <summary>
    /// LLaMA 3.1: long waves are stretched by the factor, short ones not at all, those between by a blend that is linear in the number of
    /// waves that fit the original context.
    /// </summary>
    private double StretchByBand(double frequency)
    {
        double factor = Need("factor", Factor);
        double low = Need("low_freq_factor", LowFreqFactor);
        double high = Need("high_freq_factor", HighFreqFactor);
        double waves = Need("original_max_position_embeddings", OriginalMaxPositionEmbeddings) * frequency / (2 * Math.PI);
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

    private static double Need(string key, double? value)
    {
        string found = value is null ? "missing" : FormattableString.Invariant($"{value}");
        return value is > 0 && double.IsFinite(value.Value)
            ? value.Value
            : throw ConfigCheck.Invalid($"rope_scaling.{key}", found, "a positive number");
    }
}
