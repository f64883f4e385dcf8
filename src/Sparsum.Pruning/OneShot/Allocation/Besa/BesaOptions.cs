namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>How BESA learns the sparsities of a block.</summary>
internal sealed record BesaOptions
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
}
