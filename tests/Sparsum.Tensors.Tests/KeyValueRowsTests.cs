using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests;

public class KeyValueRowsTests
{
    [Theory]
    [InlineData(StorageType.Float32, 1)]
    [InlineData(StorageType.BFloat16, 0.5)]
    [InlineData(StorageType.Int8, (64 + 4) / 256.0)]
    public void Memory_is_a_share_of_that_of_float32(StorageType storage, double share)
    {
        using var rows = new KeyValueRows(100, 3, 64, storage);
        Assert.Equal(share * 100 * 3 * 64 * sizeof(float), rows.ByteCount);
    }

    [Fact]
    public void Int8_is_the_nearest_of_255_numbers_of_its_head()
    {
        using var values = Numbers.Random(4, 50, 3 * 40);
        values.Row(7).Clear();
        values.Row(8)[41] = 1000;
        using var read = WriteAndRead(values, 3, 40, StorageType.Int8);
        for (int row = 0; row < 50; row++)
        {
            for (int head = 0; head < 3; head++)
            {
                var x = values.Row(row).Slice(head * 40, 40).ToArray();
                var y = read.Row(row).Slice(head * 40, 40).ToArray();
                double step = x.Max(value => Math.Abs((double)value)) / 127;
                for (int i = 0; i < 40; i++)
                {
                    // In double precision; only a value that lies between two numbers within the rounding of float32 may go either way.
                    double place = step == 0 ? 0 : x[i] / step;
                    double rounded = step == 0 ? 0 : y[i] / step;
                    Assert.Equal(Math.Round(rounded), rounded, 1e-4);
                    Assert.InRange(Math.Abs(place - rounded), 0, 0.5 + 1e-4);
                }
            }
        }
    }

    [Fact]
    public void BFloat16_is_the_nearest_with_8_bits()
    {
        using var values = Numbers.Random(5, 20, 24);
        (values.Row(0)[0], values.Row(0)[1], values.Row(0)[2]) = (1 + (1 / 256f), 1 + (3 / 256f), float.NegativeInfinity);
        using var read = WriteAndRead(values, 2, 12, StorageType.BFloat16);
        Assert.Equal([1, 1 + (4 / 256f), float.NegativeInfinity], read.Row(0)[..3].ToArray());
        for (int i = 3; i < values.Length; i++)
        {
            double x = values.Span[i];
            double unit = Math.ScaleB(1, (int)Math.Floor(Math.Log2(Math.Abs(x))) - 7);
            Assert.Equal(Math.Round(x / unit, MidpointRounding.ToEven) * unit, read.Span[i]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_head_that_is_not_finite_is_NaN_in_int8(float value)
    {
        using var values = Numbers.Random(6, 1, 8);
        values.Row(0)[5] = value;
        using var read = WriteAndRead(values, 2, 4, StorageType.Int8);
        Assert.All(read.Row(0)[..4].ToArray(), number => Assert.True(float.IsFinite(number)));
        Assert.All(read.Row(0)[4..].ToArray(), number => Assert.True(float.IsNaN(number)));
    }

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.BFloat16)]
    [InlineData(StorageType.Int8)]
    public void Rows_are_copied_bit_by_bit(StorageType storage)
    {
        using var values = Numbers.Random(7, 6, 10);
        using var source = new KeyValueRows(6, 2, 5, storage);
        using var target = new KeyValueRows(9, 2, 5, storage);
        source.Write(0, values);
        source.Copy(2, 3, target, 5);
        using var expected = Tensor.Allocate(3, 10);
        using var actual = Tensor.Allocate(3, 10);
        source.Read(2, expected);
        target.Read(5, actual);
        Assert.Equal(expected.ToArray(), actual.ToArray());
        Assert.Throws<ArgumentException>(() => source.Copy(4, 3, target, 0));
        Assert.Throws<ArgumentException>(() => source.Copy(0, 3, target, 7));
        using var other = new KeyValueRows(9, 1, 10, storage);
        Assert.Throws<ArgumentException>(() => source.Copy(0, 3, other, 0));
    }

    [Fact]
    public void Another_storage_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueRows(1, 1, 1, StorageType.Float16));

    private static Tensor WriteAndRead(Tensor values, int heads, int headSize, StorageType storage)
    {
        using var rows = new KeyValueRows(values.RowCount, heads, headSize, storage);
        rows.Write(0, values);
        var read = Tensor.Allocate(values.RowCount, values.Columns);
        rows.Read(0, read);
        return read;
    }
}
