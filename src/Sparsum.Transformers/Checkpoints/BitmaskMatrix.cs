using Sparsum.Tensors;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>A matrix taken apart into what <see cref="BitmaskLayout"/> names.</summary>
public sealed class BitmaskMatrix
{
    private readonly BitmaskLayout layout;
    private readonly float[] values;
    private readonly byte[] mask;
    private readonly long[] offsets;

    /// <summary>Takes a matrix apart.</summary>
    /// <param name="layout">What is known of it.</param>
    /// <param name="matrix">The matrix <c>[Rows, Columns]</c>.</param>
    /// <exception cref="ArgumentException">It has another shape or another number of nonzeros.</exception>
    public BitmaskMatrix(BitmaskLayout layout, Tensor matrix)
    {
        if (matrix.RowCount != layout.Rows || matrix.Columns != layout.Columns)
        {
            throw new ArgumentException($"{matrix} does not fit '{layout.Name}' [{layout.Rows}, {layout.Columns}].", nameof(matrix));
        }

        this.layout = layout;
        values = new float[layout.NonZeros];
        mask = new byte[(long)layout.Rows * layout.BytesPerRow];
        offsets = new long[layout.Rows];
        int count = 0;
        for (int r = 0; r < layout.Rows; r++)
        {
            offsets[r] = count;
            var row = matrix.Row(r);
            var bits = mask.AsSpan(r * layout.BytesPerRow, layout.BytesPerRow);
            for (int c = 0; c < row.Length; c++)
            {
                if (row[c] != 0)
                {
                    if (count < values.Length)
                    {
                        values[count] = row[c];
                    }

                    count++;
                    bits[c / 8] |= (byte)(1 << (c % 8));
                }
            }
        }

        if (count != layout.NonZeros)
        {
            throw new ArgumentException($"'{layout.Name}' has {count} nonzeros, not {layout.NonZeros}.", nameof(matrix));
        }
    }

    /// <summary>Writes the part that is due.</summary>
    /// <exception cref="ArgumentException">None of the matrix is.</exception>
    /// <exception cref="Core.RunFailedException">The file cannot be written.</exception>
    public void WriteNext(SafetensorsWriter writer)
    {
        string name = writer.Next?.Name ?? "";
        switch (name.StartsWith(layout.Name, StringComparison.Ordinal) ? name[layout.Name.Length..] : "")
        {
            case BitmaskLayout.ShapeSuffix:
                writer.WriteIntegers(name, [layout.Rows, layout.Columns]);
                break;
            case BitmaskLayout.ValuesSuffix:
                writer.Write(name, values);
                break;
            case BitmaskLayout.BitmaskSuffix:
                writer.WriteBytes(name, mask);
                break;
            case BitmaskLayout.OffsetsSuffix:
                writer.WriteIntegers(name, offsets);
                break;
            default:
                throw new ArgumentException($"No part of '{layout.Name}' is due, but '{name}'.", nameof(writer));
        }
    }
}
