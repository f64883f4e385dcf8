namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What of a channel's change decides how dense the row that feeds it becomes.</summary>
public enum RowSignal
{
    /// <summary>Dense minus sparse: rows whose channel shrank become denser, rows whose channel grew sparser.</summary>
    Signed,

    /// <summary>Its magnitude: rows whose channel changed become denser.</summary>
    Absolute,
}
