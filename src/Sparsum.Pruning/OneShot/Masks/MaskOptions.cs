namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Which weights of a layer compete with each other, and in what shape they go.</summary>
/// <param name="Granularity">Which weights compete with each other.</param>
/// <param name="BlockRows">How many neighbouring rows share their zeros; 1 leaves rows to themselves.</param>
/// <param name="Pattern">Semi-structured pattern; null for unstructured sparsity.</param>
public sealed record MaskOptions(Granularity Granularity = Granularity.Row, int BlockRows = 1, NmPattern? Pattern = null);
