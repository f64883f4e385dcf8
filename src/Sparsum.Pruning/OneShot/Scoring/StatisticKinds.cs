namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>What calibration gathers of a layer's input; more of it costs more time and memory.</summary>
[Flags]
public enum StatisticKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The square sum of each input feature: Wanda's norms.</summary>
    Squares = 1,

    /// <summary>Sum and variance of each input feature: DSnoT.</summary>
    Moments = 2,

    /// <summary>The second moments of all pairs of input features, <c>[C, C]</c>: SparseGPT.</summary>
    Hessian = 4,
}
