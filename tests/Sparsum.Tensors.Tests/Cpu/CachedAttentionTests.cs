using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Attention;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

public sealed class CachedAttentionTests : IDisposable
{
    // As in AttentionTests: what is compared are the same rounded keys and values in double precision.
    private const double Tolerance = 2e-6;

    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public static TheoryData<StorageType> Storages => [.. KeyValueRows.Storages];

    public void Dispose() => cpu.Dispose();

    [Theory]
    [InlineData(1, 37, 4, 2, 16)]
    [InlineData(1, 150, 3, 1, 65)]
    [InlineData(1, 300, 2, 2, 128)]
    [InlineData(7, 37, 4, 1, 8)]
    [InlineData(70, 600, 2, 1, 17)]
    public void Float32_rows_give_the_bits_of_tensors(int queries, int keys, int heads, int keyValueHeads, int headSize)
    {
        using var setup = new Setup(StorageType.Float32, queries, [keys, keys], heads, keyValueHeads, headSize);
        var options = setup.Options with { Causal = true, Window = 33, KeyCapacity = keys };
        using var expected = Tensor.Allocate(2 * queries, heads * headSize);
        cpu.Attention(setup.Query, setup.Keys, setup.Values, null, options, expected);
        Assert.Equal(expected.ToArray(), setup.Run(cpu, options, null));
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void Rounded_keys_and_values_give_what_the_reference_makes_of_them(StorageType storage)
    {
        foreach (int queries in new[] { 1, 3, 20 })
        {
            foreach (int headSize in new[] { 3, 16, 65, 128 })
            {
                using var setup = new Setup(storage, queries, [290, 290, 290], 4, 2, headSize);
                using var bias = Numbers.Random(8, 4 * queries, 290);
                foreach (var options in new[]
                {
                    setup.Options,
                    setup.Options with { Causal = true, Window = 20 },
                    setup.Options with { Causal = true, KeySlopes = [0.02f, 0.01f, 0.004f, 0] },
                    setup.Options with { SoftCap = 0.7f, KeyMask = [.. Enumerable.Range(0, 870).Select(i => (byte)(i % 290 < 250 || i < 290 ? i % 3 : 0))] },
                    setup.Options with { KeyMask = new byte[870] },
                })
                {
                    foreach (var added in new[] { null, bias })
                    {
                        Numbers.AssertClose(
                            setup.Run(reference, options, added), setup.Run(cpu, options, added), Tolerance, $"{storage}, {queries} x {headSize}, {options}");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void A_sequence_among_others_has_the_bits_that_it_has_alone(StorageType storage)
    {
        int[] lengths = [5, 300, 1, 77];
        using var setup = new Setup(storage, 1, lengths, 4, 2, 64);
        using var bias = Numbers.Random(9, 4 * 4, 300);
        var options = setup.Options with { Causal = true, Window = 50, HasBiasPerSequence = true, KeySlopes = [0.02f, 0.01f, 0.004f, 0] };
        float[] together = setup.Run(cpu, options, bias);
        Numbers.AssertClose(setup.Run(reference, options, bias), together, Tolerance);
        for (int i = 0; i < lengths.Length; i++)
        {
            using var ownBias = Tensor.Allocate(4, lengths[i]);
            for (int head = 0; head < 4; head++)
            {
                bias.Row((i * 4) + head)[..lengths[i]].CopyTo(ownBias.Row(head));
            }

            using var alone = Tensor.Allocate(1, 4 * 64);
            cpu.CachedAttention(setup.Query.Rows(i, 1), [setup.Sequences[i]], ownBias, options with { Batch = 1, KeyLength = lengths[i] }, alone);
            Assert.Equal(together[(i * 256)..((i + 1) * 256)], alone.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Storages))]
    public void The_number_of_threads_changes_no_bit(StorageType storage)
    {
        foreach (int queries in new[] { 1, 70 })
        {
            using var setup = new Setup(storage, queries, [300, 300], 6, 2, 64);
            using var one = new CpuBackend(1);
            using var five = new CpuBackend(5);
            float[] expected = setup.Run(one, setup.Options with { Causal = true }, null);
            Assert.Equal(expected, setup.Run(five, setup.Options with { Causal = true }, null));
            Assert.Equal(expected, setup.Run(cpu, setup.Options with { Causal = true }, null));
        }
    }

    [Fact]
    public unsafe void The_width_of_vectors_changes_no_bit()
    {
        foreach (int size in new[] { 1, 17, 64, 80 })
        {
            // Query or weights, factors, five rows, results; rows are any bytes, but none that would make a bfloat16 huge.
            float[] memory = Numbers.Random(size, 1024).ToArray();
            Widths.AssertSameBits(memory, x => new KeyProductKernel<Int8Keys>(x, Rows(x, 1), 5, size, x + 500));
            Widths.AssertSameBits(memory, x => new ContextKernel<Int8Keys>(x, Rows(x, 1), 5, x + 400, size));
            Widths.AssertSameBits(memory, x => new WidenRowsKernel<Int8Keys>(Rows(x, 1), 5, size, x + 340));
            float[] halves = [.. memory.Select((value, i) => i is >= 120 and < 400 ? Pair(value) : value)];
            Widths.AssertSameBits(halves, x => new KeyProductKernel<BFloat16Keys>(x, Rows(x, 2), 5, size, x + 500));
            Widths.AssertSameBits(halves, x => new ContextKernel<BFloat16Keys>(x, Rows(x, 2), 5, x + 400, size));
        }

        static HeadRows Rows(float* x, int bytes) => new() { Values = (byte*)(x + 120), Stride = 81 * bytes, Factors = x + 100, FactorStride = 3 };

        static float Pair(float value)
        {
            uint half = BitConverter.SingleToUInt32Bits(value) >> 16;
            return BitConverter.UInt32BitsToSingle((half << 16) | half);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var setup = new Setup(StorageType.Int8, 1, [5, 5], 4, 2, 8);
        using var other = new KeyValueRows(10, 2, 8, StorageType.BFloat16);
        using var output = Tensor.Allocate(2, 32);
        var (keys, values, first, length) = setup.Sequences[1];
        foreach (var sequence in new[]
        {
            new KeyValueSequence(keys, values, 6, length),
            new KeyValueSequence(keys, values, -1, length),
            new KeyValueSequence(keys, values, 0, 6),
            new KeyValueSequence(keys, other, first, length),
        })
        {
            Assert.Throws<ArgumentException>(() => cpu.CachedAttention(setup.Query, [setup.Sequences[0], sequence], null, setup.Options, output));
        }

        Assert.Throws<ArgumentException>(() => cpu.CachedAttention(setup.Query, [setup.Sequences[0]], null, setup.Options, output));
    }

    /// <summary>Queries, and sequences of some lengths whose keys and values lie one after the other.</summary>
    private sealed class Setup : IDisposable
    {
        private readonly KeyValueRows keyRows;
        private readonly KeyValueRows valueRows;

        public Setup(StorageType storage, int queries, int[] lengths, int heads, int keyValueHeads, int headSize)
        {
            Query = Numbers.Random(1, lengths.Length * queries, heads * headSize);
            Keys = Numbers.Random(2, lengths.Sum(), keyValueHeads * headSize);
            Values = Numbers.Random(3, lengths.Sum(), keyValueHeads * headSize);
            keyRows = new KeyValueRows(lengths.Sum(), keyValueHeads, headSize, storage);
            valueRows = new KeyValueRows(lengths.Sum(), keyValueHeads, headSize, storage);
            keyRows.Write(0, Keys);
            valueRows.Write(0, Values);
            Sequences = [.. lengths.Select((length, i) => new KeyValueSequence(keyRows, valueRows, lengths[..i].Sum(), length))];
            Options = new AttentionOptions
            {
                Batch = lengths.Length,
                QueryLength = queries,
                KeyLength = lengths.Max(),
                KeyCapacity = lengths.Max(),
                HeadCount = heads,
                KeyValueHeadCount = keyValueHeads,
                HeadSize = headSize,
                Scale = 1 / MathF.Sqrt(headSize),
            };
        }

        public Tensor Query { get; }

        public Tensor Keys { get; }

        public Tensor Values { get; }

        public KeyValueSequence[] Sequences { get; }

        public AttentionOptions Options { get; }

        public float[] Run(IBackend backend, AttentionOptions options, Tensor? bias)
        {
            using var output = Tensor.Allocate(Query.RowCount, Query.Columns);
            output.Span.Fill(float.NaN);
            backend.CachedAttention(Query, Sequences, bias, options, output);
            return output.ToArray();
        }

        public void Dispose()
        {
            Query.Dispose();
            Keys.Dispose();
            Values.Dispose();
            keyRows.Dispose();
            valueRows.Dispose();
        }
    }
}
