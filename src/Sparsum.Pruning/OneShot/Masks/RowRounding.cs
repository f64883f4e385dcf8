namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>What is rounded down where a row's ratio asks for no whole number of weights.</summary>
public enum RowRounding
{
    /// <summary>The number of weights that stay, as in the authors' code of NeuronAl.</summary>
    FloorKept,

    /// <summary>The number of weights that go, as with one ratio for all rows.</summary>
    FloorPruned,
}
