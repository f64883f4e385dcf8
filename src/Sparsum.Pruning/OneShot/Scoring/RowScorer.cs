namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>
/// Writes the scores of one row of a layer: non-negative, higher means more worth keeping. Called for several rows at once by several threads.
/// </summary>
/// <param name="row">The row, <c>0 .. R-1</c>.</param>
/// <param name="scores">Receives <c>C</c> scores.</param>
public delegate void RowScorer(int row, Span<float> scores);
