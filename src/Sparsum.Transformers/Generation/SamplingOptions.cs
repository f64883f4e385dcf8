namespace Sparsum.Transformers.Generation;

/// <summary>
/// How to draw the next token. The filters apply in the order temperature, top-k, top-p; what is left is drawn from its softmax.
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
    }
}
