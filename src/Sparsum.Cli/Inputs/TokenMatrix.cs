namespace Sparsum.Cli.Inputs;

/// <summary>Integers of the shape <c>[Rows, Columns]</c>, row by row.</summary>
internal sealed record TokenMatrix(int Rows, int Columns, int[] Values);
