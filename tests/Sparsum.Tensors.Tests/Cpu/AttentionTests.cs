using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Attention;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class AttentionTests : IDisposable
{
    // Contexts are means of values below 1. A score, below 8, is rounded to 1e-6 at most, which is the relative error of its weight.
    private const double Tolerance = 2e-6;

    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        // batch, queries, keys, heads, key/value heads, head size
        { 1, 1, 1, 1, 1, 1 },
        { 2, 1, 37, 4, 2, 16 },
        { 1, 1, 150, 3, 1, 65 },
        { 3, 1, 20, 2, 2, 80 },
        { 2, 2, 2, 2, 2, 3 },
        { 2, 7, 7, 4, 1, 8 },
        { 1, 5, 29, 6, 3, 17 },
        { 2, 33, 33, 2, 1, 12 },
        { 1, 9, 4, 2, 2, 8 },
        { 2, 3, 0, 1, 1, 4 },
        { 2, 1, 0, 1, 1, 4 },
    };

    public void Dispose() => cpu.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MatchesTheReference(int batch, int queries, int keys, int heads, int keyValueHeads, int headSize)
    {
        bool[] both = [false, true];
        foreach (bool causal in both)
        {
            foreach (int? window in new int?[] { null, 1, 5, 64, 1_000_000, 0 })
            {
                foreach (string mask in new[] { "none", "left", "right", "scattered", "nothing" })
                {
                    foreach (bool withBias in both)
                    {
                        var options = new AttentionOptions
                        {
                            Batch = batch,
                            QueryLength = queries,
                            KeyLength = keys,
                            KeyCapacity = keys + (withBias ? 0 : 3),
                            HeadCount = heads,
                            KeyValueHeadCount = keyValueHeads,
                            HeadSize = headSize,
                            Scale = 1 / MathF.Sqrt(headSize),
                            Causal = causal,
                            Window = window,
                            KeyMask = Mask(mask, batch, keys),
                        };
                        Check(options, withBias, $"causal {causal}, window {window}, mask {mask}, bias {withBias}");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(70)]
    public void BoundedScoresAndSlopesMatchTheReference(int queries)
    {
        foreach (string mask in new[] { "none", "left", "scattered" })
        {
            foreach (int? window in new int?[] { null, 5 })
            {
                var options = Plain(2, queries, 75, 4, 8) with { Causal = true, Window = window, KeyMask = Mask(mask, 2, 75), SoftCap = 0.8f };
                Check(options, false, $"cap, {queries} queries, mask {mask}, window {window}");
                Check(options, true, $"cap, bias, {queries} queries, mask {mask}, window {window}");
                Check(
                    options with { SoftCap = null, KeySlopes = [0.5f, 0.25f, 0.01f, 0] },
                    false,
                    $"slopes, {queries} queries, mask {mask}, window {window}");
            }
        }
    }

    [Fact]
    public void SlopesCountTheKeysThatTheMaskShows()
    {
        // Two shown keys of equal products, a hidden one between them: their scores differ by one slope.
        var options = Plain(1, 1, 3, 1, 1) with { KeyMask = [1, 0, 1], KeySlopes = [MathF.Log(3)], Scale = 1 };
        using var query = Tensor.Zeros(1, 1);
        using var key = Tensor.Zeros(3, 1);
        using var value = Tensor.From([0, 9, 4], 3, 1);
        using var output = Tensor.Allocate(1, 1);
        cpu.Attention(query, key, value, null, options, output);
        Assert.Equal(3, output.Span[0], 1e-6);
        reference.Attention(query, key, value, null, options, output);
        Assert.Equal(3, output.Span[0], 1e-6);
    }

    [Fact]
    public void LongSequencesAreComputedInBlocks()
    {
        var options = Plain(1, 200, 260, 1, 8);
        Check(options, false, "plain");
        Check(options with { Causal = true }, true, "causal");
        Check(options with { Causal = true, Window = 70 }, false, "causal window");
        Check(options with { Window = 70 }, false, "window");
        Check(options with { Causal = true, KeyMask = Mask("left", 1, 260) }, false, "mask");
    }

    [Fact]
    public void TheCacheBehindTheKeysIsNeverRead()
    {
        foreach (int queries in new[] { 1, 6 })
        {
            var options = Plain(2, queries, 10, 2, 8) with { KeyCapacity = 13, Causal = true };
            using var query = Numbers.Random(1, 2 * queries, 16);
            using var key = Numbers.Random(2, 26, 16);
            using var value = Numbers.Random(3, 26, 16);
            using var output = Tensor.Allocate(2 * queries, 16);
            foreach (int row in new[] { 10, 11, 12, 23, 24, 25 })
            {
                key.Row(row).Fill(float.NaN);
                value.Row(row).Fill(float.NaN);
            }

            cpu.Attention(query, key, value, null, options, output);
            Assert.All(output.ToArray(), element => Assert.True(float.IsFinite(element)));
        }
    }

    [Fact]
    public void AQueryThatSeesNothingTakesTheMeanOfAllValues()
    {
        foreach (int queries in new[] { 1, 4 })
        {
            var options = Plain(1, queries, 4, 1, 2) with { KeyMask = new byte[4] };
            using var query = Numbers.Random(1, queries, 2);
            using var key = Numbers.Random(2, 4, 2);
            using var value = Tensor.From([1, 10, 2, 20, 3, 30, 6, 60], 4, 2);
            using var output = Tensor.Allocate(queries, 2);
            cpu.Attention(query, key, value, null, options, output);
            for (int row = 0; row < queries; row++)
            {
                Assert.Equal([3, 30], output.Row(row).ToArray());
            }
        }
    }

    [Fact]
    public void LargeScoresDoNotOverflow()
    {
        foreach (int queries in new[] { 1, 3 })
        {
            var options = Plain(1, queries, 2, 1, 1) with { Scale = 1 };
            using var query = Tensor.Allocate(queries, 1);
            query.Span.Fill(1e4f);
            using var key = Tensor.From([1e4f, -1e4f], 2, 1);
            using var value = Tensor.From([5, 7], 2, 1);
            using var output = Tensor.Allocate(queries, 1);
            cpu.Attention(query, key, value, null, options, output);
            Assert.All(output.ToArray(), element => Assert.Equal(5, element));
        }
    }

    [Fact]
    public void NaNIsPassedOnAndABiasOfMinusInfinityEverywhereIsNoMask()
    {
        foreach (int queries in new[] { 1, 3 })
        {
            var options = Plain(1, queries, 3, 1, 2);
            using var query = Numbers.Random(1, queries, 2);
            using var key = Numbers.Random(2, 3, 2);
            using var value = Numbers.Random(3, 3, 2);
            using var output = Tensor.Allocate(queries, 2);
            using var bias = Tensor.Allocate(1, queries, 3);
            bias.Span.Fill(float.NegativeInfinity);
            cpu.Attention(query, key, value, bias, options, output);
            Assert.All(output.ToArray(), element => Assert.True(float.IsNaN(element)));
            query.Span[0] = float.NaN;
            cpu.Attention(query, key, value, null, options, output);
            Assert.True(float.IsNaN(output.Span[0]) && float.IsNaN(output.Span[1]));
        }
    }

    [Fact]
    public unsafe void KernelsGiveTheSameBitsAtEveryWidth()
    {
        foreach (int size in Enumerable.Range(1, 70).Append(128))
        {
            foreach (int keys in new[] { 1, 2, 3, 4, 7, 33 })
            {
                var memory = Numbers.Random(size, (keys * (size + 4)) + (2 * size) + 2).ToArray();
                Widths.AssertSameBits(memory, x => new KeyProductKernel<Float32Keys>(x, Rows(x + size, size), keys, size, x + ((keys + 1) * size)));
                Widths.AssertSameBits(memory, x => new ContextKernel<Float32Keys>(x, Rows(x + keys, size), keys, x + keys + (keys * size), size));
            }
        }

        static HeadRows Rows(float* x, int size) => new() { Values = (byte*)x, Stride = size * sizeof(float) };
    }

    [Fact]
    public unsafe void WeightsHaveTheSameBitsAtEveryWidth()
    {
        const int Rows = 4;
        int* first = stackalloc int[] { 0, 3, 0, 7 };
        int* end = stackalloc int[] { 9, 8, 0, 9 };
        double* sums = stackalloc double[Rows];
        var block = new ScoreBlock
        {
            Products = null,
            Rows = Rows,
            Stride = 0,
            Keys = 0,
            Scale = 0.3f,
            Addends = null,
            Bias = null,
            BiasStride = 0,
            First = first,
            End = end,
            Sums = sums,
            Normalizes = false,
        };
        var place = (nint)(&block);
        foreach (int keys in new[] { 9, 16, 33, 128 })
        {
            foreach (bool withBias in new[] { false, true })
            {
                int width = ScoreBlock.WidthOf(keys);
                float[] memory = Numbers.Random(keys, (2 * Rows * width) + width).ToArray();
                Widths.AssertSameBits(memory, x =>
                {
                    var b = (ScoreBlock*)place;
                    b->Products = x;
                    b->Keys = keys;
                    b->Stride = width;
                    b->Addends = x + (Rows * width);
                    b->Bias = withBias ? b->Addends + width : null;
                    b->BiasStride = keys;
                    b->Normalizes = withBias;
                    ScoreBlock.WriteAddends(null, 0, keys, 0, b->Addends);
                    return new WeighKernel(b);
                });
            }
        }
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        var options = Plain(2, 3, 4, 2, 5);
        using var query = Tensor.Zeros(6, 10);
        using var key = Tensor.Zeros(8, 10);
        using var narrow = Tensor.Zeros(8, 5);
        using var bias = Tensor.Zeros(2, 3, 3);
        cpu.Attention(query, key, key, null, options, query.Clone());
        var error = Assert.Throws<ArgumentException>(() => cpu.Attention(query, narrow, key, null, options, query));
        Assert.Contains("key [8, 10]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[8, 5]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => cpu.Attention(key, key, key, null, options, query));
        Assert.Throws<ArgumentException>(() => cpu.Attention(query, key, narrow, null, options, query));
        Assert.Throws<ArgumentException>(() => cpu.Attention(query, key, key, null, options, key));
        Assert.Throws<ArgumentException>(() => cpu.Attention(query, key, key, bias, options, query));
        Assert.Throws<ArgumentException>(() => cpu.Attention(query, key, key, null, options with { KeyMask = new byte[3] }, query));
        Assert.Throws<ArgumentException>(() => cpu.Attention(query, key, key, null, options with { KeyCapacity = 3 }, query));
        Assert.Throws<ArgumentException>(() => cpu.Attention(query, key, key, null, options with { KeyValueHeadCount = 3 }, query));
    }

    private static AttentionOptions Plain(int batch, int queries, int keys, int heads, int headSize) => new()
    {
        Batch = batch,
        QueryLength = queries,
        KeyLength = keys,
        KeyCapacity = keys,
        HeadCount = heads,
        KeyValueHeadCount = heads,
        HeadSize = headSize,
        Scale = 1 / MathF.Sqrt(headSize),
    };

    private static byte[]? Mask(string kind, int batch, int keys)
    {
        if (kind == "none")
        {
            return null;
        }

        var mask = new byte[batch * keys];
        for (int i = 0; i < mask.Length; i++)
        {
            int key = i % keys;
            int padding = (i / keys * 3) + 2;
            mask[i] = kind switch
            {
                "left" => key >= padding,
                "right" => key < keys - padding,
                "scattered" => key % 3 != 1,
                _ => false,
            } ? (byte)1 : (byte)0;
        }

        return mask;
    }

    private void Check(AttentionOptions options, bool withBias, string what)
    {
        using var query = new Guarded(1, options.Batch * options.QueryLength, options.HeadCount * options.HeadSize);
        using var key = new Guarded(2, options.Batch * options.KeyCapacity, options.KeyValueHeadCount * options.HeadSize);
        using var value = new Guarded(3, options.Batch * options.KeyCapacity, options.KeyValueHeadCount * options.HeadSize);
        using var output = new Guarded(4, options.Batch * options.QueryLength, options.HeadCount * options.HeadSize);
        using var bias = withBias ? Numbers.Random(5, options.HeadCount, options.QueryLength, options.KeyLength) : null;
        using var expected = output.View.Clone();
        reference.Attention(query.View, key.View, value.View, bias, options, expected);
        cpu.Attention(query.View, key.View, value.View, bias, options, output.View);
        Numbers.AssertClose(expected.Span, output.View.Span, Tolerance, what);
        output.AssertSurroundingsUnchanged();
    }
}
