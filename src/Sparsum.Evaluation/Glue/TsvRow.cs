namespace Sparsum.Evaluation.Glue;

/// <summary>The cells of one line.</summary>
internal readonly record struct TsvRow(int Line, string[] Cells);
