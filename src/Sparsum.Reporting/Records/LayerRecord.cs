namespace Sparsum.Reporting.Records;

/// <summary>The sparsity of one linear layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sparsity">Share of zeros, 0–1.</param>
public sealed record LayerRecord(string Name, double Sparsity);
