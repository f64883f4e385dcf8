
namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>How the sparsities of a block are learned: settings with the target in place.</summary>
internal sealed record BesaLearning
{
    /// <summary>The sparsity that the block's mean is pulled to, above 0.</summary>
    public required double Sparsity { get; init; }

    /// <summary>Whether each row has a sparsity of its own, or each matrix one.</summary>
    public bool IsRowWise { get; init; } = true;

    /// <summary>Passes over the calibration sequences per block.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Weight of the distance from the target, <c>β</c>.</summary>
    public double Penalty { get; init; } = 5;

    /// <summary>Prodigy's factor.</summary>
    public double DistanceCoefficient { get; init; } = 5;

    /// <summary>Whether parameters pass through a sigmoid.</summary>
    public bool UseSigmoid { get; init; } = true;

    /// <summary>
    /// Whether the reference is what the dense model has at this place, rather than what the dense block makes of its input.
    /// </summary>
    public bool IsReferenceDense { get; init; }

    /// <summary>Whether each block is trimmed or refilled to the target once it is learned.</summary>
    public bool IsExact { get; init; }

    /// <summary>The sparsity above which the sigmoid is left out, since with it nothing above 0.624 can be reached.</summary>
    private const double HighestWithSigmoid = 0.6;

    /// <summary>Puts a target, which is above 0, into settings.</summary>
    public static BesaLearning For(BesaOptions options, double sparsity)
    {
        bool isRowWise = options.Granularity == BesaGranularity.Row;
        return new BesaLearning
        {
            Sparsity = sparsity,
            IsRowWise = isRowWise,
            Epochs = options.Epochs,
            Penalty = options.Penalty,
            DistanceCoefficient = options.DCoefficient ?? (isRowWise ? 5 : 50),
            UseSigmoid = options.Sigmoid ?? sparsity <= HighestWithSigmoid,
            IsReferenceDense = (options.Reference ?? (isRowWise ? BesaReference.Block : BesaReference.Dense)) == BesaReference.Dense,
            IsExact = options.Exact,
        };
    }
}
