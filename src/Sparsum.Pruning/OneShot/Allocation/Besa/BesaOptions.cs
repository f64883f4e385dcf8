using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>The settings of <see cref="BesaAllocation"/>.</summary>
public sealed record BesaOptions : IMethodOptions
{
    /// <summary>The choices of the published code, which smooths the weights of candidates whatever the target.</summary>
    public static BesaOptions Published { get; } = new() { Sigmoid = true };

    /// <summary>What has a sparsity of its own.</summary>
    [Description("what has a sparsity of its own: row or layer")]
    public BesaGranularity Granularity { get; init; }

    /// <summary>Passes over the calibration sequences per block.</summary>
    [Description("passes over the calibration sequences per block")]
    public int Epochs { get; init; } = 1;

    /// <summary>Weight of the distance from the target sparsity, <c>β</c>.</summary>
    [Description("weight of the distance from the target sparsity")]
    public double Penalty { get; init; } = 5;

    /// <summary>Prodigy's factor; null for 5 by row and 50 by layer.</summary>
    [Description("factor of Prodigy's step size; auto is 5 by row and 50 by layer")]
    public double? DCoefficient { get; init; }

    /// <summary>Whether weights of candidates are smoothed, which reaches at most 0.62; null for yes up to a sparsity of 0.6.</summary>
    [Description("whether weights of candidates are smoothed, which reaches at most 0.62; auto does so up to 0.6")]
    public bool? Sigmoid { get; init; }

    /// <summary>
    /// What a masked block is compared with; null for what the published runs do: the dense block on the same input by row, the dense model by
    /// layer.
    /// </summary>
    [Description("what a masked block is compared with: block (the dense one on the same input) or dense (the dense model); auto is block by row, dense by layer")]
    public BesaReference? Reference { get; init; }

    /// <summary>Whether each block is trimmed or refilled by score to have exactly the target sparsity.</summary>
    [Description("trim or refill each block by score to have exactly the target sparsity")]
    public bool Exact { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(Epochs >= 1, "besa.epochs", Epochs, "a whole number of at least 1");
        SettingText.Require(Penalty >= 0 && double.IsFinite(Penalty), "besa.penalty", Penalty, "a number of at least 0");
        SettingText.Require(
            DCoefficient is not { } factor || (factor > 0 && double.IsFinite(factor)), "besa.d-coefficient", DCoefficient, "a number above 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Granularity), Granularity),
        (nameof(Epochs), Epochs),
        (nameof(Penalty), Penalty),
        (nameof(DCoefficient), DCoefficient),
        (nameof(Sigmoid), Sigmoid),
        (nameof(Reference), Reference),
        (nameof(Exact), Exact));
}

/// <summary>What has a sparsity of its own.</summary>
public enum BesaGranularity
{
    /// <summary>Each row.</summary>
    Row,

    /// <summary>Each matrix.</summary>
    Layer,
}

/// <summary>What the output of a masked block is compared with.</summary>
public enum BesaReference
{
    /// <summary>What the dense block makes of the same input.</summary>
    Block,

    /// <summary>What the dense model has at this place.</summary>
    Dense,
}
