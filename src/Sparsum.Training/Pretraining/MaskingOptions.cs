namespace Sparsum.Training.Pretraining;

/// <summary>How tokens are hidden; the defaults are BERT's (Devlin et al. 2019, section 3.1).</summary>
public sealed record MaskingOptions
{
    /// <summary>Share of the tokens that are to be guessed.</summary>
    public double Share { get; init; } = 0.15;

    /// <summary>Share of those that become the mask token.</summary>
    public double MaskedShare { get; init; } = 0.8;

    /// <summary>Share of those that become a random token; the rest stays as it is.</summary>
    public double RandomShare { get; init; } = 0.1;

    /// <summary>Seed of the choices.</summary>
    public ulong Seed { get; init; }
}
