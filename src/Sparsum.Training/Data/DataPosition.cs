namespace Sparsum.Training.Data;

/// <summary>Where in the data a run is; with the seed it says everything about what comes next.</summary>
/// <param name="Epoch">Epochs that are over.</param>
/// <param name="Batch">Batches of the present epoch that are over.</param>
public readonly record struct DataPosition(int Epoch, int Batch);
