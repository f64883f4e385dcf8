using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Targets;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>How zeros are counted, reached and kept, whatever presses on the weights.</summary>
public sealed record SparsityOptions
{
    /// <summary>A weight is near zero when its magnitude is below this.</summary>
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>The weights that a sparsity is a share of.</summary>
    public SparsityScope Denominator { get; init; }

    /// <summary>How a target is reached.</summary>
    public TargetMode TargetMode { get; init; }

    /// <summary>Share of the steps after which a ramp has reached its target; the rest trains what is left.</summary>
    public double RampShare { get; init; } = 0.7;

    /// <summary>Times that a ramp moves on.</summary>
    public int RampEvents { get; init; } = 50;

    /// <summary>κ of the controller; 0 leaves the factors as they are.</summary>
    public double ControllerStrength { get; init; } = 5;

    /// <summary>Whether weights that are exactly zero stay zero, and without a target near-zero ones become so after every epoch.</summary>
    public bool LockZeros { get; init; }
}
