namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Which weights compete with each other.</summary>
public enum Granularity
{
    /// <summary>Those of one row: every output neuron loses the same number of inputs.</summary>
    Row,

    /// <summary>Those of one matrix.</summary>
    Layer,
}
