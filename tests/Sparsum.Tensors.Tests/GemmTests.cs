using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests;

public class GemmTests
{
    private static readonly ReferenceBackend Reference = new();

    public static TheoryData<string, MatrixProduct> SetsAndProducts()
    {
        var data = new TheoryData<string, MatrixProduct>();
        foreach (var set in Supported())
        {
            foreach (var product in Enum.GetValues<MatrixProduct>())
            {
                data.Add(set.ToString(), product);
            }
        }

        return data;
    }

    /// <summary>In the two parts of tiles infinity is not a number: see <see cref="Cpu.TileTests"/>.</summary>
    public static TheoryData<string> SetsOfFloat32() => [.. Supported().Where(set => set != InstructionSet.Tiles).Select(set => set.ToString())];

    public static TheoryData<string> Sets() => [.. Supported().Select(set => set.ToString())];

    [Theory]
    [MemberData(nameof(SetsAndProducts))]
    public void EveryEdgeOfATileIsRight(string set, MatrixProduct product)
    {
        using var backend = Backend(set);
        int[] rows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 17, 25];
        int[] columns = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 65];
        foreach (int m in rows)
        {
            foreach (int n in columns)
            {
                Check(backend, product, m, n, 1 + ((m * 7) + (n * 3)) % 20, accumulate: (m + n) % 2 == 0);
            }
        }
    }

    [Theory]
    [MemberData(nameof(SetsAndProducts))]
    public void EveryDepthIsRight(string set, MatrixProduct product)
    {
        using var backend = Backend(set);
        foreach (int k in new[] { 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 383, 385, 768, 769, 1537 })
        {
            Check(backend, product, 13, 35, k, accumulate: false);
            Check(backend, product, 29, 50, k, accumulate: true);
        }
    }

    [Theory]
    [MemberData(nameof(SetsAndProducts))]
    public void ManyBlocksAreRight(string set, MatrixProduct product)
    {
        using var backend = Backend(set);
        Check(backend, product, 301, 100, 769, accumulate: false);
        Check(backend, product, 145, 193, 400, accumulate: true);
        Check(backend, product, 6, 3100, 20, accumulate: true);
        Check(backend, product, 1200, 5, 33, accumulate: false);
    }

    [Theory]
    [MemberData(nameof(SetsAndProducts))]
    public void RandomShapesAreRight(string set, MatrixProduct product)
    {
        using var backend = Backend(set);
        var random = new Random(17);
        for (int round = 0; round < 60; round++)
        {
            Check(backend, product, random.Next(1, 80), random.Next(1, 120), random.Next(1, 100), random.Next(2) == 0);
        }
    }

    [Theory]
    [MemberData(nameof(SetsAndProducts))]
    public void TheNumberOfThreadsChangesNoBit(string set, MatrixProduct product)
    {
        foreach (var (m, n, k) in new[] { (1, 700, 65), (3, 90, 130), (37, 129, 70), (130, 300, 800), (1500, 40, 33), (129, 3200, 17) })
        {
            byte[]? expected = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                using var backend = Backend(set, threads);
                using var a = product == MatrixProduct.TN ? Numbers.Random(1, k, m) : Numbers.Random(1, m, k);
                using var b = product == MatrixProduct.NT ? Numbers.Random(2, n, k) : Numbers.Random(2, k, n);
                using var output = Numbers.Random(3, m, n);
                backend.MatMul(product, a, b, output, accumulate: true);
                byte[] bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(output.Span).ToArray();
                Assert.Equal(expected ??= bytes, bytes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void ViewsAreReadAndWrittenInPlaceOnly(string set)
    {
        using var backend = Backend(set);
        using var a = Numbers.Random(1, 30, 19);
        using var b = Numbers.Random(2, 60, 19);
        using var expected = Numbers.Random(3, 40, 37);
        using var actual = expected.Clone();
        Reference.MatMul(MatrixProduct.NT, a.Rows(3, 21), b.Rows(5, 37), expected.Rows(7, 21));
        backend.MatMul(MatrixProduct.NT, a.Rows(3, 21), b.Rows(5, 37), actual.Rows(7, 21));
        Numbers.AssertClose(expected.Span, actual.Span, 1e-4);
    }

    [Theory]
    [MemberData(nameof(SetsOfFloat32))]
    public void NotANumberAndInfinityPass(string set)
    {
        using var backend = Backend(set);
        using var a = Numbers.Random(1, 14, 20);
        using var b = Numbers.Random(2, 40, 20);
        using var output = Tensor.Allocate(14, 40);
        a.Row(13)[19] = float.NaN;
        b.Row(39)[0] = float.PositiveInfinity;
        backend.MatMul(MatrixProduct.NT, a, b, output);
        for (int row = 0; row < 14; row++)
        {
            for (int column = 0; column < 40; column++)
            {
                float value = output.Row(row)[column];
                Assert.Equal(row == 13, float.IsNaN(value));
                Assert.Equal(row != 13 && column == 39, float.IsInfinity(value));
            }
        }
    }

    [Fact]
    public void WrongShapesAreArgumentExceptions()
    {
        using var backend = new CpuBackend(1);
        using var a = Tensor.Zeros(2, 3);
        using var b = Tensor.Zeros(4, 3);
        using var output = Tensor.Zeros(2, 5);
        Assert.Throws<ArgumentException>(() => backend.MatMul(MatrixProduct.NT, a, b, output));
        Assert.Throws<ArgumentException>(() => backend.MatMul(MatrixProduct.NN, a, b, output));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuBackend(-1));
    }

    [Fact]
    public unsafe void SingleThreadProductsHonourStrides()
    {
        const int M = 19;
        const int N = 40;
        const int K = 21;
        using var scratch = new GemmScratch(InstructionSets.Best);
        foreach (var product in Enum.GetValues<MatrixProduct>())
        {
            // Operands are the left part of wider matrices; the right part of the output must stay as it is.
            var (aRows, aColumns) = product == MatrixProduct.TN ? (K, M) : (M, K);
            var (bRows, bColumns) = product == MatrixProduct.NT ? (N, K) : (K, N);
            using var a = Numbers.Random(1, aRows, aColumns + 5);
            using var b = Numbers.Random(2, bRows, bColumns + 3);
            using var expected = Numbers.Random(3, M, N + 7);
            using var actual = expected.Clone();
            using var narrowA = Left(a, aColumns);
            using var narrowB = Left(b, bColumns);
            using var narrowC = Left(expected, N);
            Reference.MatMul(product, narrowA, narrowB, narrowC, accumulate: true);
            for (int row = 0; row < M; row++)
            {
                narrowC.Row(row).CopyTo(expected.Row(row));
            }

            Gemm.RunSingle(
                product, M, N, K, a.Pointer, a.Columns, b.Pointer, b.Columns, actual.Pointer, actual.Columns, accumulate: true, scratch);
            Numbers.AssertClose(expected.Span, actual.Span, 1e-4, product.ToString());
        }
    }

    internal static IEnumerable<InstructionSet> Supported() =>
        Enum.GetValues<InstructionSet>().Where(set => set.IsSupported());

    internal static CpuBackend Backend(string set, int threads = 2) => new(threads, Enum.Parse<InstructionSet>(set));

    private static Tensor Left(Tensor tensor, int columns)
    {
        var part = Tensor.Allocate(tensor.RowCount, columns);
        for (int row = 0; row < tensor.RowCount; row++)
        {
            tensor.Row(row)[..columns].CopyTo(part.Row(row));
        }

        return part;
    }

    private static void Check(CpuBackend backend, MatrixProduct product, int m, int n, int k, bool accumulate)
    {
        using var a = product == MatrixProduct.TN ? Numbers.Random(m + k, k, m) : Numbers.Random(m + k, m, k);
        using var b = product == MatrixProduct.NT ? Numbers.Random(n + k, n, k) : Numbers.Random(n + k, k, n);
        using var expected = Numbers.Random(m + n, m, n);
        using var actual = expected.Clone();
        Reference.MatMul(product, a, b, expected, accumulate);
        backend.MatMul(product, a, b, actual, accumulate);
        Numbers.AssertClose(expected.Span, actual.Span, (backend.Precision == Float32Precision.High ? 4e-6 : 1e-6) * (k + 10), $"{product} {m}x{n}x{k}");
    }
}
