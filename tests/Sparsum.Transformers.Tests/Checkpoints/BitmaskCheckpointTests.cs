using System.Buffers.Binary;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Matrices stored as bits and values.</summary>
public sealed class BitmaskCheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<TensorDataType> Types => new(TensorDataType.F64, TensorDataType.F32, TensorDataType.F16, TensorDataType.BF16);

    [Theory]
    [MemberData(nameof(Types))]
    public void A_matrix_comes_back_bit_by_bit(TensorDataType type)
    {
        foreach (int columns in new[] { 1, 7, 8, 9, 70 })
        {
            using var matrix = Sparse(columns, 11, columns);
            using var dense = WriteDense($"dense{columns}", type, matrix);
            using var sparse = Open(Write($"sparse{columns}", type, matrix));

            Assert.Equal(["a", "m"], sparse.Tensors.Keys.Order());
            Assert.Equal(new TensorInfo("m", type, [11, columns]).ToString(), sparse.Tensors["m"].ToString());
            Assert.Equal((IEnumerable<int>)[11, columns], sparse.Tensors["m"].Shape);
            Assert.Equal(Read(dense, "m"), Read(sparse, "m"));
            Assert.Equal(Bytes(dense, "m"), Bytes(sparse, "m"));
            Assert.Equal([1, 2, 3], Read(sparse, "a"));
            var rows = new float[3 * columns];
            sparse.ReadRows("m", 5, 3, rows);
            Assert.Equal(Read(dense, "m").AsSpan(5 * columns, 3 * columns).ToArray(), rows);
        }
    }

    [Fact]
    public void Bits_stand_where_the_format_wants_them()
    {
        using var matrix = Tensor.From([0, 5, 0, 0, 0, 0, 0, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2, 10);
        using var parts = SafetensorsFile.Open(Write("m", TensorDataType.F32, matrix));

        Assert.Equal([2, 10], parts.ReadIntegers("m.shape"));
        Assert.Equal([5, 7, 1], Read(parts, "m.compressed"));
        Assert.Equal([0b10, 0b1, 0b1, 0], parts.ReadIntegers("m.bitmask"));
        Assert.Equal([0, 2], parts.ReadIntegers("m.row_offsets"));
    }

    [Fact]
    public void A_matrix_of_zeros_has_no_values()
    {
        using var zeros = Tensor.Zeros(3, 4);
        using var sparse = Open(Write("zeros", TensorDataType.F32, zeros));
        Assert.Equal(new float[12], Read(sparse, "m"));
    }

    [Theory]
    [InlineData("m.shape", 0, 12)]
    [InlineData("m.shape", 8, 9)]
    [InlineData("m.shape", 7, 200)]
    [InlineData("m.bitmask", 0, 0xFF)]
    [InlineData("m.bitmask", 1, 0xFF)]
    [InlineData("m.row_offsets", 8, 200)]
    [InlineData("m.row_offsets", 0, 1)]
    public void Damaged_parts_are_refused(string part, int offset, byte value)
    {
        using var matrix = Sparse(3, 11, 10);
        string file = Write("m", TensorDataType.F32, matrix);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[Position(bytes, part) + offset] = value;
        File.WriteAllBytes(file, bytes);

        var error = Assert.Throws<CheckpointException>(() =>
        {
            using var sparse = Open(file);
            Read(sparse, "m");
        });
        Assert.Equal("bad-sparse-tensor", error.Code);
        Assert.Equal(file, error.File);
        var again = Assert.Throws<CheckpointException>(() =>
        {
            using var sparse = Open(file);
            Bytes(sparse, "m");
        });
        Assert.Equal("bad-sparse-tensor", again.Code);
    }

    [Theory]
    [InlineData(".shape")]
    [InlineData(".compressed")]
    [InlineData(".row_offsets")]
    public void A_missing_part_is_named(string missing)
    {
        using var matrix = Sparse(3, 4, 10);
        var layout = Layout("m", TensorDataType.F32, matrix);
        var parts = layout.Parts.Where(part => part.Name != "m" + missing).ToList();
        using (var writer = SafetensorsWriter.Create(folder["m"], new SafetensorsLayout(parts)))
        {
            foreach (var part in parts)
            {
                writer.WriteBytes(part.Name, new byte[part.ByteCount]);
            }

            writer.Complete();
        }

        var error = Assert.Throws<CheckpointException>(() => Open(folder["m"]));
        Assert.Contains("m" + missing, error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_number_of_nonzeros_is_refused_in_writing()
    {
        using var matrix = Sparse(3, 4, 10);
        var layout = Layout("m", TensorDataType.F32, matrix);
        Assert.Throws<ArgumentException>(() => new BitmaskMatrix(layout with { NonZeros = layout.NonZeros + 1 }, matrix));
        Assert.Throws<ArgumentException>(() => new BitmaskMatrix(layout with { NonZeros = layout.NonZeros - 1 }, matrix));
        Assert.Throws<ArgumentException>(() => new BitmaskMatrix(layout with { Rows = 5 }, matrix));
    }

    public void Dispose() => folder.Dispose();

    private static BitmaskCheckpoint Open(string file)
    {
        var parts = SafetensorsFile.Open(file);
        try
        {
            return new BitmaskCheckpoint(parts);
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    private static Tensor Sparse(int seed, int rows, int columns)
    {
        var matrix = Numbers.Random(seed, rows, columns);
        foreach (ref float value in matrix.Span)
        {
            // Values that every type holds exactly.
            value = value > 0.2f ? MathF.Round(value * 64) / 64 : 0;
        }

        matrix.Row(2).Clear();
        return matrix;
    }

    private static BitmaskLayout Layout(string name, TensorDataType type, Tensor matrix) =>
        new(name, type, matrix.RowCount, matrix.Columns, matrix.ToArray().Count(value => value != 0));

    private string Write(string name, TensorDataType type, Tensor matrix)
    {
        var layout = Layout("m", type, matrix);
        using var writer = SafetensorsWriter.Create(
            folder[name], new SafetensorsLayout([new TensorInfo("a", TensorDataType.F32, [3]), .. layout.Parts]));
        writer.Write("a", [1, 2, 3]);
        var parts = new BitmaskMatrix(layout, matrix);
        Assert.All(layout.Parts, _ => parts.WriteNext(writer));
        Assert.Throws<ArgumentException>(() => parts.WriteNext(writer));
        writer.Complete();
        return folder[name];
    }

    private SafetensorsFile WriteDense(string name, TensorDataType type, Tensor matrix)
    {
        using (var writer = SafetensorsWriter.Create(
            folder[name], new SafetensorsLayout([new TensorInfo("m", type, [matrix.RowCount, matrix.Columns])])))
        {
            writer.Write("m", matrix.Span);
            writer.Complete();
        }

        return SafetensorsFile.Open(folder[name]);
    }

    private static float[] Read(ICheckpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors[name].ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    private static byte[] Bytes(ICheckpoint checkpoint, string name)
    {
        using var stream = new MemoryStream();
        checkpoint.CopyBytes(name, stream);
        return stream.ToArray();
    }

    private static int Position(byte[] file, string part)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var json = System.Text.Json.JsonDocument.Parse(file.AsMemory(8, header));
        return 8 + header + json.RootElement.GetProperty(part).GetProperty("data_offsets")[0].GetInt32();
    }
}
