using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Sparse;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>Products with weights whose zeros are left out.</summary>
public sealed class SparseWeightTests : IDisposable
{
    private static readonly InstructionSet[] Sets = [.. Enum.GetValues<InstructionSet>().Where(set => set <= InstructionSets.Best)];

    private readonly CpuBackend backend = new(2);
    private readonly ReferenceBackend reference = new();

    public void Dispose()
    {
        backend.Dispose();
        reference.Dispose();
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 3, 1)]
    [InlineData(64, 16, 1)]
    [InlineData(300, 257, 1)]
    [InlineData(1000, 530, 1)]
    [InlineData(8, 4, 4)]
    [InlineData(130, 260, 4)]
    [InlineData(1000, 516, 4)]
    public void MultipliesAsTheDenseWeightDoes(int columns, int rows, int lineRows)
    {
        // The last one is more than the tiles that are turned at once.
        int[] counts = columns < 200 ? [0, 1, 4, 5, 16, 33, 64, 100, 129, 2100] : [1, 5, 100];
        foreach (double zeros in new[] { 0.3, 0.8, 0.97, 1 })
        {
            using var weight = Sparse(rows, columns, zeros, lineRows);
            using var bias = Numbers.Random(5, rows);
            foreach (int tokens in counts)
            {
                using var input = Numbers.Random(7, tokens, columns);
                using var expected = Tensor.Allocate(tokens, rows);
                reference.Linear(input, weight, bias, Activation.Relu, expected);
                foreach (var set in Sets)
                {
                    using var pool = new WorkerPool(2);
                    using var product = new SparseProduct(pool, set);
                    using var packed = new SparseWeight(weight, lineRows, new SparseCounts(weight, pool, InstructionSets.Best), product, pool);
                    using var output = new Guarded(8, tokens, rows);
                    packed.Multiply(input, bias, Activation.Relu, output.View);

                    // A float32 sum of products below 1, added up one by one.
                    Numbers.AssertClose(
                        expected.Span, output.View.Span, 2e-6 * Math.Sqrt(columns), $"{set}, {zeros} zeros, {tokens} tokens");
                    output.AssertSurroundingsUnchanged();
                }
            }
        }
    }

    /// <summary>As an allocation by rows leaves them: some rows full, most nearly empty.</summary>
    [Fact]
    public unsafe void ChunksCostAboutTheSame()
    {
        using var weight = Sparse(1024, 512, 0.97, 1);
        using var full = Numbers.Random(3, 96, 512);
        full.CopyTo(weight.Rows(500, 96));
        using var pool = new WorkerPool(2);
        using var product = new SparseProduct(pool, InstructionSets.Best);
        using var packed = new SparseWeight(weight, 1, new SparseCounts(weight, pool, InstructionSets.Best), product, pool);
        Assert.Equal(Enumerable.Range(0, packed.Chunks).Select(chunk => packed.FirstRow(chunk) + packed.RowsIn(chunk)).Prepend(0).SkipLast(1),
            Enumerable.Range(0, packed.Chunks).Select(packed.FirstRow));
        Assert.Equal(1024, Enumerable.Range(0, packed.Chunks).Sum(packed.RowsIn));
        int[] nonzeros =
        [
            .. Enumerable.Range(0, packed.Chunks).Select(chunk => Enumerable.Range(packed.FirstRow(chunk), packed.RowsIn(chunk))
                .Sum(row => weight.Row(row).ToArray().Count(value => value != 0))),
        ];

        // 96 full rows are three shares of the least height, not one chunk; no other chunk is larger.
        Assert.InRange(nonzeros.Max(), 1, 32 * 512);
        Assert.InRange(packed.Chunks, 8, 24);
    }

    [Fact]
    public void WithoutBiasAndActivation()
    {
        using var weight = Sparse(70, 90, 0.8, 1);
        using var packed = backend.Pack(weight, StorageType.Sparse);
        foreach (int tokens in new[] { 2, 20 })
        {
            using var input = Numbers.Random(7, tokens, 90);
            using var output = Tensor.Allocate(tokens, 70);
            using var expected = Tensor.Allocate(tokens, 70);
            output.Span.Fill(float.NaN);
            reference.Linear(input, weight, null, Activation.Identity, expected);
            backend.Linear(input, packed, null, Activation.Identity, output);
            Numbers.AssertClose(expected.Span, output.Span, 1e-5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void GivesTheSameBitsForAnyNumberOfThreadsAndAnyCompany(int lineRows)
    {
        using var weight = Sparse(900, 700, 0.85, lineRows);
        using var input = Numbers.Random(3, 300, 700);
        using var one = new CpuBackend(1);
        using var three = new CpuBackend(3);
        using var packedOnce = one.Pack(weight, StorageType.Sparse);
        using var packedAgain = three.Pack(weight, StorageType.Sparse);
        using var expected = Tensor.Allocate(300, 900);
        using var output = Tensor.Allocate(300, 900);
        one.Linear(input, packedOnce, null, Activation.Silu, expected);
        three.Linear(input, packedAgain, null, Activation.Silu, output);
        Assert.Equal(expected.ToArray(), output.ToArray());

        // A token's result does not depend on the tokens beside it, as long as they are more than a few.
        three.Linear(input.Rows(17, 9), packedAgain, null, Activation.Silu, output.Rows(0, 9));
        Assert.Equal(expected.Rows(17, 9).ToArray(), output.Rows(0, 9).ToArray());
    }

    [Fact]
    public unsafe void KernelsGiveTheSameBitsAtEveryWidth()
    {
        const int Columns = 40;
        const int Shift = 7;
        const int Stride = 1 << Shift;
        foreach (int width in new[] { 16, 32, 48, 128 })
        {
            var random = new Random(width);
            int[] starts = [0, 5, 5, 17];
            uint[] offsets = [.. Enumerable.Range(0, 17).Select(_ => (uint)(random.Next(Columns) * sizeof(float)))];
            var memory = Numbers.Random(width, (Columns * Stride) + (12 * Stride)).ToArray();
            var values = Numbers.Random(2, 4 * 17).ToArray();
            fixed (int* s = starts)
            fixed (uint* o = offsets)
            fixed (float* v = values)
            {
                var (start, offset, value) = ((nint)s, (nint)o, (nint)v);
                Widths.AssertSameBits(memory, x => new RowKernel(
                    (int*)start, 3, (float*)value, (uint*)offset, x, x + (Columns * Stride), Shift, width));
                Widths.AssertSameBits(memory, x => new GroupKernel(
                    (int*)start, 3, (float*)value, (uint*)offset, x, x + (Columns * Stride), Shift, width));
            }
        }
    }

    [Theory]
    [InlineData(64, 0.3, 1, nameof(SparseForm.Panels))]
    [InlineData(64, 0.8, 1, nameof(SparseForm.Rows))]
    [InlineData(64, 0.8, 4, nameof(SparseForm.Groups))]
    [InlineData(63, 0.8, 1, nameof(SparseForm.Rows))]
    [InlineData(256, 1, 1, nameof(SparseForm.Groups))]
    public void TheFormFollowsThePattern(int rows, double zeros, int lineRows, string form)
    {
        using var pool = new WorkerPool(2);
        using var weight = Sparse(rows, 200, zeros, lineRows);
        Assert.Equal(form, new SparseCounts(weight, pool, InstructionSets.Best).Form.ToString());
    }

    [Fact]
    public void GroupsThatLackSomeValuesAreStillGroups()
    {
        using var pool = new WorkerPool(1);
        using var weight = Sparse(64, 200, 0.8, 4);
        var random = new Random(1);
        foreach (ref float value in weight.Span)
        {
            value = random.NextDouble() < 0.1 ? 0 : value;
        }

        Assert.Equal(SparseForm.Groups, new SparseCounts(weight, pool, InstructionSets.Best).Form);
        using var packed = backend.Pack(weight, StorageType.Sparse);
        using var input = Numbers.Random(7, 20, 200);
        using var output = Tensor.Allocate(20, 64);
        using var expected = Tensor.Allocate(20, 64);
        reference.Linear(input, weight, null, Activation.Identity, expected);
        backend.Linear(input, packed, null, Activation.Identity, output);
        Numbers.AssertClose(expected.Span, output.Span, 1e-5);
    }

    [Fact]
    public void TakesLessMemoryTheMoreZerosThereAre()
    {
        using var some = Sparse(512, 512, 0.7, 1);
        using var most = Sparse(512, 512, 0.95, 1);
        using var groups = Sparse(512, 512, 0.95, 4);
        using var packedSome = backend.Pack(some, StorageType.Sparse);
        using var packedMost = backend.Pack(most, StorageType.Sparse);
        using var packedGroups = backend.Pack(groups, StorageType.Sparse);

        // 8 bytes a nonzero, or 20 for four, and the starts of lines.
        Assert.InRange(packedSome.ByteCount, 0.29 * 8 * some.Length, 0.35 * 8 * some.Length);
        Assert.InRange(packedMost.ByteCount, 0.045 * 8 * most.Length, 0.07 * 8 * most.Length);
        Assert.InRange(packedGroups.ByteCount, 0.045 * 5 * most.Length, 0.06 * 5 * most.Length);
    }

    [Fact]
    public void ValuesThatAreNoNumbersAreKept()
    {
        using var weight = Tensor.Zeros(8, 100);
        weight.Row(3)[50] = float.NaN;
        weight.Row(5)[99] = float.PositiveInfinity;
        using var packed = backend.Pack(weight, StorageType.Sparse);
        using var input = Tensor.Allocate(6, 100);
        input.Span.Fill(1);
        using var output = Tensor.Allocate(6, 8);
        backend.Linear(input, packed, null, Activation.Identity, output);
        Assert.Equal([0, 0, 0, float.NaN, 0, float.PositiveInfinity, 0, 0], output.Row(5).ToArray());
    }

    /// <summary>Random values of which a share is zero; runs of <paramref name="lineRows"/> rows have theirs in the same columns.</summary>
    private static Tensor Sparse(int rows, int columns, double zeros, int lineRows)
    {
        var weight = Numbers.Random(rows + columns, rows, columns);
        var random = new Random(columns);
        for (int line = 0; line < rows; line += lineRows)
        {
            for (int column = 0; column < columns; column++)
            {
                if (random.NextDouble() < zeros)
                {
                    for (int row = line; row < line + lineRows; row++)
                    {
                        weight.Row(row)[column] = 0;
                    }
                }
            }
        }

        return weight;
    }
}
