namespace Sparsum.Reporting.Records;

/// <summary>The sparsity of one block.</summary>
/// <param name="Index">Its place in the model.</param>
/// <param name="Sparsity">Share of zeros over its pruned matrices, 0–1.</param>
/// <param name="Layers">Its layers.</param>
public sealed record BlockRecord(int Index, double Sparsity, IReadOnlyList<LayerRecord> Layers);
