using Sparsum.Core;


namespace Sparsum.Pruning.HeadElimination;

/// <summary>Settings of redundant-head elimination (Dhurandhar et al. 2024, Algorithm 2).</summary>
public sealed record HeadEliminationOptions
{
    /// <summary>Largest difference between entries of similar heads, in units of the weights; 0 = equal heads only, negative = off.</summary>
    public double Theta { get; init; } = 0.15;

    /// <summary>As far as a run with a target may raise <see cref="Theta"/>; null leaves it.</summary>
    public double? ThetaMost { get; init; }

    /// <summary>Which heads go.</summary>
    public HeadCriterion Criterion { get; init; }

    /// <summary>
    /// Whether query biases count as well. The paper compares weights alone; yet a query bias changes the scores, while a key bias never
    /// does and a value bias can be compensated.
    /// </summary>
    public bool SimilarityIncludesQueryBias { get; init; }

    /// <summary>Largest difference between relative-position biases, in units of the scores (T5); infinity = not compared.</summary>
    public double RelativeBiasTheta { get; init; } = double.PositiveInfinity;

    /// <summary>Where a redundant head is merged.</summary>
    public HeadMergeTarget MergeTarget { get; init; }

    /// <summary>Whether the difference of the value biases goes into the output bias, exactly as attention weights sum to 1.</summary>
    public bool CompensateValueBias { get; init; } = true;

    /// <summary>Whether heads are cut out or zeroed.</summary>
    public HeadRemoval HeadRemoval { get; init; }

    /// <summary>Refuses settings that mean nothing.</summary>
    /// <exception cref="InvalidInputException">A bound is NaN, or the relative-bias bound is negative.</exception>
    public void Validate()
    {
        if (double.IsNaN(Theta))
        {
            throw Invalid("Theta", "a number; negative switches elimination off");
        }

        if (!(RelativeBiasTheta >= 0))
        {
            throw Invalid("RelativeBiasTheta", "a number from 0 on, or infinity to ignore relative biases");
        }
    }

    private InvalidInputException Invalid(string option, string expected) => new("invalid-option", $"{option} is not usable.")
    {
        Found = FormattableString.Invariant($"{(option == nameof(Theta) ? Theta : RelativeBiasTheta)}"),
        Expected = expected,
    };
}
