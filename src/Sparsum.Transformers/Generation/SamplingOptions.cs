namespace Sparsum.Transformers.Generation;

/// <summary>
/// How to draw the next token. The filters apply in the order of the properties; what is left is drawn from its softmax.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>Logits are divided by this; below 1 sharpens, above 1 flattens.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the so many likeliest tokens stay (Fan et al. 2018), of equals those with the lower ids; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// Only the smallest set of likeliest tokens with at least this probability in sum stays (Holtzman et al. 2020); 1 keeps all.
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens with at least this share of the likeliest one's probability stay (Nguyen et al. 2024); 0 keeps all.</summary>
    public double MinP { get; init; }

    /// <summary>
    /// Only the tokens whose information is nearest to the entropy stay, up to this probability in sum (Meister et al. 2023); 1 keeps all.
    /// </summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Only tokens of at least this probability stay (Hewitt et al. 2022); 0 keeps all.</summary>
    public double EpsilonCutoff { get; init; }

    /// <summary>
    /// Only tokens of at least <c>min(η, √η * exp(-entropy))</c> stay (Hewitt et al. 2022); 0 keeps all.
    /// </summary>
    public double EtaCutoff { get; init; }

    /// <summary>Seed of <see cref="Models.Pcg32"/>; row <c>i</c> of a batch draws from stream <c>i</c>.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    public void Validate()
    {
        if (!(Temperature > 0) || !double.IsFinite(Temperature))
        {
            throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "The temperature must be positive.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(TopK);
        if (!(TopP > 0 && TopP <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(TopP), TopP, "Top-p must be above 0 and at most 1.");
        }

        if (!(TypicalP > 0 && TypicalP <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(TypicalP), TypicalP, "Typical-p must be above 0 and at most 1.");
        }

        Share(MinP, nameof(MinP));
        Share(EpsilonCutoff, nameof(EpsilonCutoff));
        Share(EtaCutoff, nameof(EtaCutoff));
    }

    private static void Share(double value, string name)
    {
        if (!(value is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "The value must be at least 0 and below 1.");
        }
    }
}
