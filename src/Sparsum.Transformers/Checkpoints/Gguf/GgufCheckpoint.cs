using System.Buffers;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// The tensors of a GGUF file under the names, shapes and row orders of the Hugging Face layout, widened as they are read: 16-bit types as
/// they are, all quantised ones as float32. Tensors that the family does not know keep the names they have in the file.
/// </summary>
public sealed class GgufCheckpoint : ICheckpoint
{
    private const int ChunkElements = 1 << 18;

    private readonly GgufFile file;
    private readonly OrderedDictionary<string, TensorInfo> infos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, View> views = new(StringComparer.Ordinal);

    private GgufCheckpoint(GgufFile file)
    {
        this.file = file;
        var layout = new GgufLayout(GgufFamilies.Find(file.Metadata), file.Metadata);
        var names = layout.Names().ToLookup(name => name.Stored, StringComparer.Ordinal);
        foreach (var tensor in file.Tensors)
        {
            foreach (var name in names[tensor.Name])
            {
                Add(name.Name, CreateView(layout, tensor, name));
            }

            if (!names.Contains(tensor.Name) && !GgufFamilies.IsRotaryTable(tensor.Name))
            {
                Add(tensor.Name, new View(tensor, 0, tensor.RowCount, tensor.Shape, null, 0, IsTransposed: false));
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => infos;

    /// <summary>Opens a file; of a split one any part.</summary>
    /// <exception cref="CheckpointException">The file is absent, damaged, or of a family that is not supported.</exception>
    public static GgufCheckpoint Open(string path)
    {
        var file = GgufFile.Open(path);
        try
        {
            return new GgufCheckpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string FileOf(string name) => file.FileOf(Find(name).Tensor.Name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        var view = Find(name);
        CheckLength(name, infos[name].ElementCount, destination.Length);
        ReadRows(view, 0, view.Shape[0], destination);
    }

    /// <inheritdoc/>
    public void ReadRows(string name, int start, int count, Span<float> destination)
    {
        var view = Find(name);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, view.Shape[0] - start);
        CheckLength(name, infos[name].ElementCount / view.Shape[0] * count, destination.Length);
        ReadRows(view, start, count, destination);
    }

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => throw new CheckpointException("not-integers", $"Tensor '{name}' does not hold integers.")
    {
        File = FileOf(name),
        Found = $"{Find(name).Tensor.Type}",
        Expected = "an integer type",
    };

    /// <inheritdoc/>
    public void CopyBytes(string name, Stream destination)
    {
        var view = Find(name);
        var info = infos[name];
        int rowElements = (int)(info.ElementCount / view.Shape[0]);
        int rowsAtOnce = Math.Clamp(ChunkElements / rowElements, 1, view.Shape[0]);
        int elementBytes = info.DataType.BitCount() / 8;
        float[] values = ArrayPool<float>.Shared.Rent(rowsAtOnce * rowElements);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(rowsAtOnce * rowElements * elementBytes);
        try
        {
            for (int start = 0; start < view.Shape[0]; start += rowsAtOnce)
            {
                int count = Math.Min(rowsAtOnce, view.Shape[0] - start);
                var rows = values.AsSpan(0, count * rowElements);
                ReadRows(view, start, count, rows);
                ElementWriter.FromFloats(info.DataType, rows, bytes);
                destination.Write(bytes, 0, rows.Length * elementBytes);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(values);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private static void CheckLength(string name, long expected, int actual)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"The destination for '{name}' has {actual} elements; {expected} are read.");
        }
    }

    private static View CreateView(GgufLayout layout, GgufTensor tensor, GgufTensorName name)
    {
        int rows = tensor.Shape.Count == 1 ? tensor.Shape[0] : (int)Math.Min(int.MaxValue, tensor.RowCount / name.Parts);
        if (name.Parts > 1 && (tensor.Shape.Count != 3 || tensor.Shape[0] != name.Parts))
        {
            throw GgufException.Malformed(
                tensor.Name, "a tensor of experts has another shape.", string.Join(" x ", tensor.Shape), $"{name.Parts} matrices");
        }

        int[] shape = name.Parts > 1 ? [.. tensor.Shape.Skip(1)]
            : name.Rule.IsRow && tensor.Shape.Count == 1 ? [1, .. tensor.Shape]
            : [.. tensor.Shape];
        bool isTransposed = name is { IsWeight: true, Rule.IsTransposed: true } && shape.Length == 2;
        if (isTransposed)
        {
            Array.Reverse(shape);
        }

        // Biases, too, have their elements in the order of the rows.
        int[]? order = layout.RowOrder(name.Rule, rows);
        return new View(tensor, (long)name.Part * rows, rows, shape, order, name.IsWeight ? name.Rule.Offset : 0, isTransposed);
    }

    private void Add(string name, View view)
    {
        if (!views.TryAdd(name, view))
        {
            throw GgufException.Malformed(file.File, $"two of its tensors are the model's {name}.");
        }

        infos.Add(name, new TensorInfo(name, view.Tensor.Type.DataType(), view.Shape));
    }

    private View Find(string name) => views.TryGetValue(name, out var view)
        ? view
        : throw new CheckpointException("missing-tensor", $"'{file.File}' has no tensor '{name}'.")
        {
            File = file.File,
            Found = $"{views.Count} other tensors",
            Expected = name,
            Hint = "Check that the configuration belongs to these weights.",
        };

    private void ReadRows(View view, int start, int count, Span<float> destination)
    {
        if (view.IsTransposed)
        {
            ReadColumns(view, start, count, destination);
        }
        else if (view.Tensor.Shape.Count == 1)
        {
            ReadVector(view, start, destination);
        }
        else if (view.Order is null)
        {
            long rowsOfOuter = view.Rows / view.Shape[0];
            file.ReadRows(view.Tensor.Name, view.FirstRow + (start * rowsOfOuter), destination);
        }
        else
        {
            int width = view.Tensor.RowElements;
            for (int row = 0; row < count; row++)
            {
                file.ReadRows(view.Tensor.Name, view.FirstRow + view.Order[start + row], destination.Slice(row * width, width));
            }
        }

        if (view.Offset != 0)
        {
            foreach (ref float value in destination)
            {
                value -= view.Offset;
            }
        }
    }

    private void ReadVector(View view, int start, Span<float> destination)
    {
        float[] whole = new float[view.Tensor.RowElements];
        file.ReadRows(view.Tensor.Name, 0, whole);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = whole[view.Order is null ? start + i : view.Order[start + i]];
        }
    }

    // Rows of a transposed matrix are columns of the stored one, of which all rows are read.
    private void ReadColumns(View view, int start, int count, Span<float> destination)
    {
        int width = view.Tensor.RowElements;
        int columns = view.Shape[1];
        var row = new float[width];
        for (int column = 0; column < columns; column++)
        {
            file.ReadRows(view.Tensor.Name, view.FirstRow + (view.Order?[column] ?? column), row);
            for (int i = 0; i < count; i++)
            {
                destination[(i * columns) + column] = row[start + i];
            }
        }
    }

    private sealed record View(
        GgufTensor Tensor, long FirstRow, long Rows, IReadOnlyList<int> Shape, int[]? Order, float Offset, bool IsTransposed);
}
