using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// Rotary positions: the base and kind of stretching lie in the metadata, but LLaMA 3's rule only as the factors that it gives, in a tensor.
/// </summary>
internal static class GgufRotary
{
    /// <summary>The tensor of what each frequency is divided by.</summary>
    public const string Frequencies = "rope_freqs.weight";

    /// <summary>The tensor of LongRoPE's factors beyond the original length.</summary>
    public const string LongFactors = "rope_factors_long.weight";

    /// <summary>The tensor of LongRoPE's factors within the original length.</summary>
    public const string ShortFactors = "rope_factors_short.weight";

    private const double DefaultBase = 10_000;
    private const double Tolerance = 1e-5;

    /// <summary>Reads base, share and stretching into a configuration.</summary>
    /// <exception cref="GgufException">The stretching is of a kind that is not supported.</exception>
    public static void Read(GgufFile file, GgufFamily family, int headSize, JsonObject config)
    {
        if (family.RotaryBase is null)
        {
            return;
        }

        var metadata = file.Metadata;
        string prefix = $"{family.Architecture}.rope.";
        double theta = metadata.Number(prefix + "freq_base") ?? DefaultBase;
        config[family.RotaryBase] = theta;
        int rotated = metadata.Integer(prefix + "dimension_count") ?? headSize;
        if (family.RotaryShare is not null)
        {
            config[family.RotaryShare] = (double)rotated / headSize;
        }
        else if (rotated != headSize)
        {
            throw new GgufException("unsupported-gguf-rope", $"'{file.File}' rotates only a part of each head, which this family does not.")
            {
                File = file.File,
                Found = $"{prefix}dimension_count: {rotated}",
                Expected = $"{headSize}",
            };
        }

        if (Scaling(file, prefix, rotated, theta) is { } scaling)
        {
            config["rope_scaling"] = scaling;
        }
    }

    /// <summary>Describes base, share and stretching of a configuration.</summary>
    /// <returns>The factors of <see cref="Frequencies"/>, or null where the metadata say it all.</returns>
    /// <exception cref="InvalidInputException">GGUF has no words for the stretching.</exception>
    public static float[]? Describe(JsonObject config, GgufFamily family, int headSize, GgufMetadata metadata)
    {
        if (family.RotaryBase is null)
        {
            return null;
        }

        string prefix = $"{family.Architecture}.rope.";
        var scaling = (config["rope_scaling"] ?? config["rope_parameters"]) as JsonObject;
        double theta = Value(scaling, "rope_theta") ?? config[family.RotaryBase]?.GetValue<double>() ?? DefaultBase;
        double share = family.RotaryShare is null
            ? 1
            : Value(scaling, "partial_rotary_factor") ?? config[family.RotaryShare]?.GetValue<double>() ?? 1;
        int rotated = (int)(share * headSize);
        metadata.Set(prefix + "freq_base", (float)theta);
        metadata.Set(prefix + "dimension_count", (uint)rotated);
        string kind = (scaling?["rope_type"] ?? scaling?["type"])?.GetValue<string>() ?? "default";
        switch (kind)
        {
            case "default":
                return null;
            case "linear":
                metadata.Set(prefix + "scaling.type", "linear");
                metadata.Set(prefix + "scaling.factor", (float)Value(scaling, "factor")!.Value);
                return null;
            case "llama3":
                return BandFactors(
                    rotated,
                    theta,
                    Value(scaling, "factor")!.Value,
                    Value(scaling, "low_freq_factor")!.Value,
                    Value(scaling, "high_freq_factor")!.Value,
                    Value(scaling, "original_max_position_embeddings")!.Value);
            case "yarn" when (scaling?["attention_factor"] ?? scaling?["mscale"] ?? scaling?["beta_fast"] ?? scaling?["beta_slow"]) is null:
                metadata.Set(prefix + "scaling.type", "yarn");
                metadata.Set(prefix + "scaling.factor", (float)Value(scaling, "factor")!.Value);
                metadata.Set(
                    prefix + "scaling.original_context_length",
                    (uint)(Value(scaling, "original_max_position_embeddings") ?? config["max_position_embeddings"]!.GetValue<double>()));
                return null;
            default:
                throw new InvalidInputException("no-gguf-rope", $"The stretching '{kind}' of rotary positions is not written as GGUF.")
                {
                    Found = scaling!.ToJsonString(),
                    Expected = "default, linear, llama3, or yarn with the default attention factor",
                };
        }
    }

    private static JsonObject? Scaling(GgufFile file, string prefix, int rotated, double theta)
    {
        var metadata = file.Metadata;
        string kind = metadata.Text(prefix + "scaling.type") ?? "none";
        double? factor = metadata.Number(prefix + "scaling.factor") ?? metadata.Number(prefix + "scale_linear");
        int? original = metadata.Integer(prefix + "scaling.original_context_length");
        if (file.Find(Frequencies) is { } table)
        {
            return kind == "none" ? Bands(file, table, rotated, theta) : throw Unsupported($"{kind} together with {Frequencies}");
        }

        if (file.Find(LongFactors) is { } longFactors && file.Find(ShortFactors) is { } shortFactors)
        {
            return new JsonObject
            {
                ["rope_type"] = "longrope",
                ["long_factor"] = Numbers(Vector(file, longFactors)),
                ["short_factor"] = Numbers(Vector(file, shortFactors)),
                ["original_max_position_embeddings"] = original,
            };
        }

        return kind switch
        {
            "none" => factor is null or 0 or 1 ? null : Stretch("linear"),
            "linear" => Stretch("linear"),
            "yarn" when metadata.Number(prefix + "scaling.attn_factor") is null or 1 => Stretch("yarn"),
            _ => throw Unsupported(kind),
        };

        JsonObject Stretch(string type)
        {
            var scaling = new JsonObject { ["rope_type"] = type, ["factor"] = factor ?? throw Unsupported($"{type} without a factor") };
            if (original is not null)
            {
                scaling["original_max_position_embeddings"] = original;
            }

            return scaling;
        }

        GgufException Unsupported(string found) => new("unsupported-gguf-rope", $"The rotary positions of '{file.File}' are stretched in a way that is not supported.")
        {
            File = file.File,
            Found = found,
            Expected = "none, linear, yarn, or factors of LLaMA 3 or LongRoPE",
        };
    }

    /// <summary>
    /// Finds LLaMA 3's numbers from its factors. Between the bands, one over the factor is linear in the frequency:
    /// <c>1/f + (1 - 1/f) (context·frequency/2π - low)/(high - low)</c>; only ratios of context, low and high can be told, so that low is taken
    /// as 1, as all published models have it.
    /// </summary>
    private static JsonObject Bands(GgufFile file, GgufTensor table, int rotated, double theta)
    {
        float[] factors = Vector(file, table);
        double factor = MathF.Round(factors.Max() * 1000) / 1000;
        var between = Enumerable.Range(0, factors.Length)
            .Where(i => factors[i] > 1 + Tolerance && factors[i] < factor * (1 - Tolerance))
            .Select(i => (Frequency: Math.Pow(theta, -2.0 * i / rotated), Blend: ((1.0 / factors[i]) - (1 / factor)) / (1 - (1 / factor))))
            .ToList();
        double high = 4;
        double original = 8192;
        if (between.Count >= 2)
        {
            var (first, last) = (between[0], between[^1]);
            double slope = (last.Blend - first.Blend) / (last.Frequency - first.Frequency);
            double start = first.Blend - (slope * first.Frequency);
            high = Math.Round((1 - (1 / start)) * 1000) / 1000;
            original = Math.Round(slope * 2 * Math.PI * (high - 1));
        }

        float[] expected = factors.Length * 2 == rotated && factor > 1 ? BandFactors(rotated, theta, factor, 1, high, original) : [];
        bool isKnown = expected.Length == factors.Length
            && expected.Zip(factors).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-4 * pair.First);
        return isKnown
            ? new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = factor,
                ["low_freq_factor"] = 1.0,
                ["high_freq_factor"] = high,
                ["original_max_position_embeddings"] = (int)original,
            }
            : throw new GgufException("unsupported-gguf-rope", $"The factors of rotary frequencies in '{file.File}' follow no known rule.")
            {
                File = file.File,
                Found = $"{Frequencies} with {factors.Length} values up to {factors.Max()}",
                Expected = "the factors of LLaMA 3.1 to 3.3",
            };
    }

    private static float[] BandFactors(int rotated, double theta, double factor, double low, double high, double original)
    {
        var factors = new float[rotated / 2];
        for (int i = 0; i < factors.Length; i++)
        {
            double waves = original * Math.Pow(theta, -2.0 * i / rotated) / (2 * Math.PI);
            double blend = Math.Clamp((waves - low) / (high - low), 0, 1);
            factors[i] = (float)(1 / (((1 - blend) / factor) + blend));
        }

        return factors;
    }

    private static float[] Vector(GgufFile file, GgufTensor tensor)
    {
        var values = new float[tensor.RowElements];
        file.ReadRows(tensor.Name, 0, values);
        return values;
    }

    private static JsonArray Numbers(float[] values) => [.. values.Select(value => (JsonNode)GgufMetadata.Shortest(value))];

    private static double? Value(JsonObject? scaling, string key) => scaling?[key]?.GetValue<double>();
}
