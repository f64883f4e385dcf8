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

/// <summary>Which heads of a module go.</summary>
public enum HeadCriterion
{
    /// <summary>Those that are similar to one that replaces them, whatever they matter (Dhurandhar et al. 2024, Algorithm 2).</summary>
    Redundancy,

    /// <summary>As many as are redundant, but those of least <see cref="HeadImportance"/>; each is merged into the head that is most like it.</summary>
    Importance,

    /// <summary>As many as are redundant: of those that one head would replace, itself included, the most important stays.</summary>
    Both,
}

/// <summary>Where the contribution of a removed head goes.</summary>
public enum HeadMergeTarget
{
    /// <summary>
    /// Its columns of the attention output are added to those of the head that replaces it: exact when both heads are equal.
    /// </summary>
    AttentionOutput,

    /// <summary>
    /// Its share of the columns of the MLP's first matrix is added to the other's, as the algorithm is printed. For ablation: those
    /// columns read the residual stream, not the head.
    /// </summary>
    FeedForwardLiteral,

    /// <summary>Nowhere.</summary>
    None,
}

/// <summary>What happens to a redundant head.</summary>
public enum HeadRemoval
{
    /// <summary>Its rows and columns are cut out; the module becomes smaller.</summary>
    Physical,

    /// <summary>Its rows and columns become zero; shapes stay.</summary>
    Mask,
}
