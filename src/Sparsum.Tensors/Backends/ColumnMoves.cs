using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Tensors.Backends;

/// <summary>Takes columns out of matrices and puts them back, row by row. A small part of the work of the matrix product beside it.</summary>
internal static class ColumnMoves
{
    /// <summary>See <see cref="IBackend.GatherColumns"/>.</summary>
    public static void Gather(Tensor input, ReadOnlySpan<int> columns, Tensor output)
    {
        ShapeChecks.Count(nameof(IBackend.GatherColumns), "columns", columns.Length, output.Columns, output);
        ShapeChecks.Count(nameof(IBackend.GatherColumns), "output rows", output.RowCount, input.RowCount, input);
        for (int r = 0; r < input.RowCount; r++)
        {
            var from = input.Row(r);
            var to = output.Row(r);
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = from[columns[i]];
            }
        }
    }

    /// <summary>See <see cref="IBackend.ScatterColumns"/>.</summary>
    public static void Scatter(Tensor input, ReadOnlySpan<int> columns, Tensor? bias, Tensor output)
    {
        ShapeChecks.Count(nameof(IBackend.ScatterColumns), "columns", columns.Length, input.Columns, input);
        ShapeChecks.PerColumn(nameof(IBackend.ScatterColumns), bias, output);
        ShapeChecks.Count(nameof(IBackend.ScatterColumns), "output rows", output.RowCount, input.RowCount, input);
        for (int r = 0; r < input.RowCount; r++)
        {
            var from = input.Row(r);
            var to = output.Row(r);
            if (bias is null)
            {
                to.Clear();
            }
            else
            {
                bias.Span.CopyTo(to);
            }

            for (int i = 0; i < from.Length; i++)
            {
                to[columns[i]] += from[i];
            }
        }
    }
}
