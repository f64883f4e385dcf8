using System.Numerics;
using Sparsum.Tensors;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A checkpoint some of whose matrices are stored sparse, seen as if all were dense. The parts of a sparse matrix, see
/// <see cref="BitmaskLayout"/>, are not among <see cref="Tensors"/>; the matrix is.
/// </summary>
public sealed class BitmaskCheckpoint : ICheckpoint
{
    private static readonly string[] Suffixes =
        [BitmaskLayout.ShapeSuffix, BitmaskLayout.ValuesSuffix, BitmaskLayout.BitmaskSuffix, BitmaskLayout.OffsetsSuffix];

    private readonly ICheckpoint parts;
    private readonly Dictionary<string, BitmaskLayout> sparse = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    /// <summary>Finds the sparse matrices; the checkpoint is disposed of with this one.</summary>
    /// <exception cref="CheckpointException">A matrix lacks a part, or its parts do not fit each other.</exception>
    public BitmaskCheckpoint(ICheckpoint parts)
    {
        this.parts = parts;
        foreach (string mask in parts.Tensors.Keys.Where(name => name.EndsWith(BitmaskLayout.BitmaskSuffix, StringComparison.Ordinal)))
        {
            string name = mask[..^BitmaskLayout.BitmaskSuffix.Length];
            sparse.Add(name, Describe(name));
        }

        var hidden = sparse.Keys.SelectMany(name => Suffixes.Select(suffix => name + suffix)).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, info) in parts.Tensors.Where(tensor => !hidden.Contains(tensor.Key)))
        {
            tensors.Add(name, info);
        }

        foreach (var (name, layout) in sparse)
        {
            if (!tensors.TryAdd(name, new TensorInfo(name, layout.DataType, [layout.Rows, layout.Columns])))
            {
                throw Damaged(name, "the matrix both dense and sparse", "one of the two");
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>The matrices that are stored sparse.</summary>
    public IReadOnlyDictionary<string, BitmaskLayout> Sparse => sparse;

    /// <inheritdoc/>
    public string FileOf(string name) => parts.FileOf(sparse.ContainsKey(name) ? name + BitmaskLayout.ValuesSuffix : name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        if (sparse.TryGetValue(name, out var layout))
        {
            ReadRows(name, 0, layout.Rows, destination);
            return;
        }

        parts.Read(name, destination);
    }

    /// <inheritdoc/>
    public void ReadRows(string name, int start, int count, Span<float> destination)
    {
        if (!sparse.TryGetValue(name, out var layout))
        {
            parts.ReadRows(name, start, count, destination);
            return;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, layout.Rows - count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, count * layout.Columns);
        byte[] mask = Mask(layout);
        var (first, last) = Range(layout, mask, start, count);
        float[] values = new float[last - first];
        parts.ReadRows(name + BitmaskLayout.ValuesSuffix, first, values.Length, values);
        int next = 0;
        destination.Clear();
        for (int r = 0; r < count; r++)
        {
            var row = destination.Slice(r * layout.Columns, layout.Columns);
            for (int eight = 0; eight < layout.BytesPerRow; eight++)
            {
                for (int bits = mask[((start + r) * layout.BytesPerRow) + eight]; bits != 0; bits &= bits - 1)
                {
                    row[(8 * eight) + BitOperations.TrailingZeroCount(bits)] = values[next++];
                }
            }
        }
    }

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => sparse.ContainsKey(name)
        ? throw new CheckpointException("not-integers", $"Tensor '{name}' is a sparse matrix and does not hold integers.")
        {
            File = FileOf(name),
            Found = sparse[name].DataType.SafetensorsName(),
            Expected = "an integer type",
        }
        : parts.ReadIntegers(name);

    /// <inheritdoc/>
    public void CopyBytes(string name, Stream destination)
    {
        if (!sparse.TryGetValue(name, out var layout))
        {
            parts.CopyBytes(name, destination);
            return;
        }

        byte[] mask = Mask(layout);
        Range(layout, mask, 0, layout.Rows);
        using var stream = new MemoryStream();
        parts.CopyBytes(name + BitmaskLayout.ValuesSuffix, stream);
        var values = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        int size = layout.DataType.BitCount() / 8;
        byte[] row = new byte[layout.Columns * size];
        for (int r = 0; r < layout.Rows; r++)
        {
            Array.Clear(row);
            for (int eight = 0; eight < layout.BytesPerRow; eight++)
            {
                for (int bits = mask[(r * layout.BytesPerRow) + eight]; bits != 0; bits &= bits - 1)
                {
                    values[..size].CopyTo(row.AsSpan(((8 * eight) + BitOperations.TrailingZeroCount(bits)) * size));
                    values = values[size..];
                }
            }

            destination.Write(row);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => parts.Dispose();

    private BitmaskLayout Describe(string name)
    {
        foreach (string suffix in Suffixes.Where(suffix => !parts.Tensors.ContainsKey(name + suffix)))
        {
            throw Damaged(name, $"no '{name}{suffix}'", string.Join(", ", Suffixes.Select(part => name + part)));
        }

        long[] shape = parts.ReadIntegers(name + BitmaskLayout.ShapeSuffix);
        var values = parts.Tensors[name + BitmaskLayout.ValuesSuffix];
        bool isMatrix = shape.Length == 2 && shape.All(size => size is > 0 and <= int.MaxValue) && shape[0] * shape[1] <= int.MaxValue;
        if (!isMatrix || values.Shape.Count != 1)
        {
            throw Damaged(
                name, $"the shape {string.Join(" x ", shape)} and values of rank {values.Shape.Count}", "a matrix and a list of its values");
        }

        var layout = new BitmaskLayout(name, values.DataType, (int)shape[0], (int)shape[1], values.Shape[0]);
        foreach (var part in layout.Parts)
        {
            var found = parts.Tensors[part.Name];
            if (found.DataType != part.DataType || !found.Shape.SequenceEqual(part.Shape))
            {
                throw Damaged(name, $"{part.Name}: {Show(found)}", Show(part));
            }
        }

        if (layout.DataType is not (TensorDataType.F64 or TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16))
        {
            throw Damaged(name, $"values of type {layout.DataType.SafetensorsName()}", "F64, F32, F16 or BF16");
        }

        return layout;

        static string Show(TensorInfo info) => $"{info.DataType.SafetensorsName()} {Tensor.FormatShape([.. info.Shape])}";
    }

    /// <summary>Where the values of some rows lie, after a check that mask and offsets agree in all rows.</summary>
    private (int First, int Last) Range(BitmaskLayout layout, byte[] mask, int start, int count)
    {
        long[] offsets = parts.ReadIntegers(layout.Name + BitmaskLayout.OffsetsSuffix);
        long expected = 0;
        for (int r = 0; r < layout.Rows; r++)
        {
            if (offsets[r] != expected)
            {
                throw Damaged(layout.Name, $"row {r} at value {offsets[r]}", $"at value {expected}, after the bits of the rows before it");
            }

            var bits = mask.AsSpan(r * layout.BytesPerRow, layout.BytesPerRow);
            foreach (byte eight in bits)
            {
                expected += BitOperations.PopCount(eight);
            }

            if (layout.Columns % 8 != 0 && bits[^1] >> (layout.Columns % 8) != 0)
            {
                throw Damaged(layout.Name, $"bits beyond the last column in row {r}", "none");
            }
        }

        return expected == layout.NonZeros
            ? (Begin(start), Begin(start + count))
            : throw Damaged(layout.Name, $"{layout.NonZeros} values", $"{expected}, one for each bit");

        int Begin(int row) => (int)(row < layout.Rows ? offsets[row] : expected);
    }

    private byte[] Mask(BitmaskLayout layout)
    {
        using var stream = new MemoryStream();
        parts.CopyBytes(layout.Name + BitmaskLayout.BitmaskSuffix, stream);
        return stream.ToArray();
    }

    private CheckpointException Damaged(string name, string found, string expected) =>
        new("bad-sparse-tensor", $"The parts of the sparse matrix '{name}' do not fit each other.")
        {
            File = parts.FileOf(name + BitmaskLayout.BitmaskSuffix),
            Found = found,
            Expected = expected,
            Hint = "Compact the model again.",
        };
}
