using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.LowPrecision;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed unsafe class NonzeroWindowsTests : IDisposable
{
    private readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    /// <summary>Dense rows, zeros in many patterns, rows that differ much, gaps longer than a byte can tell, and blocks that are not whole.</summary>
    [Theory]
    [InlineData(1, 64, "dense")]
    [InlineData(9, 128, "half")]
    [InlineData(64, 64, "two of four")]
    [InlineData(70, 1088, "uneven")]
    [InlineData(130, 2048, "far apart")]
    [InlineData(5, 64, "none")]
    public void RowsComeBack(int rows, int columns, string pattern)
    {
        byte[] whole = Rows(rows, columns, pattern);
        using var windows = Pack(whole, rows, columns);
        int blocks = (rows + NonzeroWindows.BlockRows - 1) / NonzeroWindows.BlockRows;
        byte[] actual = new byte[blocks * NonzeroWindows.BlockRows * columns];
        Array.Fill(actual, (byte)9);
        fixed (byte* target = actual)
        {
            for (int block = 0; block < blocks; block++)
            {
                windows.Expand(block, target + (block * NonzeroWindows.BlockRows * columns));
            }
        }

        Assert.Equal(whole, actual[..whole.Length]);
        Assert.DoesNotContain(actual[whole.Length..], value => value != 0);
    }

    /// <summary>Every window lies within the row, whatever is read from it.</summary>
    [Theory]
    [InlineData("dense")]
    [InlineData("half")]
    [InlineData("far apart")]
    public void WindowsEndWithTheRow(string pattern)
    {
        const int Columns = 2048;
        using var windows = Pack(Rows(64, Columns, pattern), 64, Columns);
        for (int group = 0; group < NonzeroWindows.BlockGroups; group++)
        {
            int start = 0;
            for (nint step = 0; step < 2 * windows.CountOf(group); step++)
            {
                start += ((byte*)windows.AdvancesOf(group))[step];
                Assert.InRange(start, 0, Columns - 16);
            }
        }
    }

    /// <summary>What the remarks on <see cref="NonzeroWindows"/> promise.</summary>
    [Theory]
    [InlineData("half", 0.84, 0.87)]
    [InlineData("two of four", 0.76, 0.77)]
    [InlineData("uneven", 0.5, 0.7)]
    public void BytesOfAColumn(string pattern, double least, double most)
    {
        const int Rows = 256;
        const int Columns = 2048;
        using var windows = Pack(NonzeroWindowsTests.Rows(Rows, Columns, pattern), Rows, Columns);
        Assert.InRange(windows.ByteCount / (double)(Rows * Columns), least, most);
    }

    private static byte[] Rows(int rows, int columns, string pattern)
    {
        var random = new Random(7);
        byte[] whole = new byte[rows * columns];
        for (int i = 0; i < whole.Length; i++)
        {
            int column = i % columns;
            bool isThere = pattern switch
            {
                "dense" => true,
                "half" => random.Next(2) == 0,
                "two of four" => (column + (column / 4) + (i / columns)) % 2 == 0,
                "uneven" => random.NextDouble() < 0.1 + (i / columns % 5 * 0.1),
                "far apart" => column % 1000 == 999 || (column > 2040 && random.Next(2) == 0),
                _ => false,
            };
            whole[i] = isThere ? (byte)random.Next(1, 256) : (byte)0;
        }

        return whole;
    }

    private NonzeroWindows Pack(byte[] whole, int rows, int columns) =>
        new(rows, columns, (row, target) => whole.AsSpan(row * columns, columns).CopyTo(new Span<byte>(target, columns)), pool);
}
