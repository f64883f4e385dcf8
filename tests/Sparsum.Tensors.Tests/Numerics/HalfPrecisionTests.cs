using Sparsum.Tensors.Numerics;
using Xunit;

namespace Sparsum.Tensors.Tests.Numerics;

public sealed class HalfPrecisionTests
{
    private static readonly ushort[] AllBits = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];

    [Fact]
    public void EveryFloat16IsWidenedExactly()
    {
        float[] values = new float[AllBits.Length];
        HalfPrecision.WidenFloat16(AllBits, values);
        foreach (ushort bits in AllBits)
        {
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(bits), values[bits]);
            Assert.Equal(bits >> 15 != 0, float.IsNegative(values[bits]));
        }
    }

    [Fact]
    public void EveryBFloat16IsTheUpperHalfOfAFloat32()
    {
        float[] values = new float[AllBits.Length];
        HalfPrecision.WidenBFloat16(AllBits, values);
        Assert.All(AllBits, bits => Assert.Equal((uint)bits << 16, BitConverter.SingleToUInt32Bits(values[bits])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(100)]
    public void RemaindersOfVectorsAreConverted(int length)
    {
        float[] values = new float[length];
        HalfPrecision.WidenFloat16(AllBits.AsSpan(15_000, length), values);
        Assert.Equal(AllBits.AsSpan(15_000, length).ToArray().Select(bits => (float)BitConverter.UInt16BitsToHalf(bits)), values);
        HalfPrecision.WidenBFloat16(AllBits.AsSpan(15_000, length), values);
        Assert.Equal(Enumerable.Range(15_000, length).Select(bits => BitConverter.Int32BitsToSingle(bits << 16)), values);
        ushort[] narrowed = new ushort[length];
        HalfPrecision.NarrowToBFloat16(values, narrowed);
        Assert.Equal(AllBits.AsSpan(15_000, length).ToArray(), narrowed);
    }

    [Fact]
    public void NarrowingToBFloat16PicksTheNearestAndEvenInTies()
    {
        // Between each pair of neighbours: a quarter, the middle, three quarters of the way, and the lower one itself.
        var patterns = new List<int>();
        var expected = new List<ushort>();
        for (int bits = 0; bits < 0x7F7F; bits++)
        {
            int low = bits << 16;
            patterns.AddRange([low, low | 0x4000, low | 0x8000, low | 0xC000, low | int.MinValue]);
            expected.AddRange([(ushort)bits, (ushort)bits, (ushort)(bits + (bits & 1)), (ushort)(bits + 1), (ushort)(bits | 0x8000)]);
        }

        float[] values = [.. patterns.Select(BitConverter.Int32BitsToSingle), float.PositiveInfinity, float.MaxValue];
        ushort[] actual = new ushort[values.Length];
        HalfPrecision.NarrowToBFloat16(values, actual);
        Assert.Equal([.. expected, 0x7F80, 0x7F80], actual);

        ushort[] nan = new ushort[2];
        HalfPrecision.NarrowToBFloat16([BitConverter.UInt32BitsToSingle(0x7F80_0001), BitConverter.UInt32BitsToSingle(0xFFFF_FFFF)], nan);
        Assert.Equal([0x7FC0, 0xFFFF], nan);
    }

    [Fact]
    public void NarrowingToFloat16PicksTheNearestAndEvenInTies()
    {
        var values = new List<float>();
        var expected = new List<ushort>();
        for (int bits = 0; bits < 0x7BFF; bits++)
        {
            double low = (double)BitConverter.UInt16BitsToHalf((ushort)bits);
            double high = (double)BitConverter.UInt16BitsToHalf((ushort)(bits + 1));
            values.AddRange([(float)low, (float)(low + ((high - low) / 4)), (float)((low + high) / 2), (float)(high - ((high - low) / 4))]);
            expected.AddRange([(ushort)bits, (ushort)bits, (ushort)(bits + (bits & 1)), (ushort)(bits + 1)]);
        }

        values.AddRange([65519.99f, 65520, -1e-8f, float.NegativeInfinity]);
        expected.AddRange([0x7BFF, 0x7C00, 0x8000, 0xFC00]);
        ushort[] actual = new ushort[values.Count];
        HalfPrecision.NarrowToFloat16([.. values], actual);
        Assert.Equal(expected, actual);
    }
}
