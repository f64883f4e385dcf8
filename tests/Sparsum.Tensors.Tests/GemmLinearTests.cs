using System.Runtime.InteropServices;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests;

public class GemmLinearTests
{
    private static readonly ReferenceBackend Reference = new();

    public static TheoryData<string> Sets() => [.. GemmTests.Supported().Select(set => set.ToString())];

    [Theory]
    [MemberData(nameof(Sets))]
    public void LinearWithAndWithoutPackingAgreesWithTheReference(string set)
    {
        using var backend = GemmTests.Backend(set);
        (int, int, int)[] shapes = [(1, 33, 65), (2, 48, 769), (4, 100, 64), (5, 31, 7), (13, 96, 800), (150, 70, 40)];
        foreach (var (tokens, features, inputs) in shapes)
        {
            foreach (var activation in new[] { Activation.Identity, Activation.Relu, Activation.GeluErf })
            {
                using var input = Numbers.Random(1, tokens, inputs);
                using var weight = Numbers.Random(2, features, inputs);
                using var bias = Numbers.Random(3, features);
                using var expected = Tensor.Allocate(tokens, features);
                using var plain = Tensor.Allocate(tokens, features);
                using var packed = Tensor.Allocate(tokens, features);
                using var pack = backend.Pack(weight);
                var usedBias = activation == Activation.Relu ? null : bias;
                Reference.Linear(input, weight, usedBias, activation, expected);
                backend.Linear(input, weight, usedBias, activation, plain);
                backend.Linear(input, pack, usedBias, activation, packed);
                double tolerance = 1e-6 * (inputs + 10);
                Numbers.AssertClose(expected.Span, plain.Span, tolerance, $"{tokens}x{features}x{inputs} {activation}");
                Numbers.AssertClose(expected.Span, packed.Span, tolerance, $"packed {tokens}x{features}x{inputs} {activation}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void PackedWeightsGiveTheSameBitsForAnyNumberOfThreads(string set)
    {
        foreach (int tokens in new[] { 1, 7, 160, 1300 })
        {
            byte[]? expected = null;
            foreach (int threads in new[] { 1, 2, 3 })
            {
                using var backend = GemmTests.Backend(set, threads);
                using var input = Numbers.Random(1, tokens, 801);
                using var weight = Numbers.Random(2, 70, 801);
                using var bias = Numbers.Random(3, 70);
                using var output = Tensor.Allocate(tokens, 70);
                using var pack = backend.Pack(weight);
                backend.Linear(input, pack, bias, Activation.Identity, output);
                byte[] bytes = MemoryMarshal.AsBytes(output.Span).ToArray();
                Assert.Equal(expected ??= bytes, bytes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void ARowHasTheSameBitsWithAndWithoutOthers(string set)
    {
        const int Most = 40, Inputs = 1700, Features = 101;
        using var backend = GemmTests.Backend(set, 2);
        using var input = Numbers.Random(1, Most, Inputs);
        using var weight = Numbers.Random(2, Features, Inputs);
        using var bias = Numbers.Random(3, Features);
        using var expected = Tensor.Allocate(Most, Features);
        using var pack = backend.Pack(weight);
        backend.Linear(input, pack, bias, Activation.Relu, expected);
        foreach (int rows in new[] { 1, 2, 3, 5, 6, 7, 8, 11, 12, 13 })
        {
            using var actual = Tensor.Allocate(rows, Features);
            backend.Linear(input.Rows(Most - rows, rows), pack, bias, Activation.Relu, actual);
            Assert.Equal(expected.Rows(Most - rows, rows).ToArray(), actual.ToArray());
        }
    }

    [Fact]
    public void OtherStoragesAgreeWithTheReference()
    {
        using var backend = new CpuBackend(2);
        using var input = Numbers.Random(1, 3, 64);
        using var full = Numbers.Random(2, 20, 64);
        using var half = full.Clone();
        for (int i = 0; i < half.Length; i++)
        {
            half.Span[i] *= i * 7 % 10 < 5 ? 0 : 1;
        }

        using var expected = Tensor.Allocate(3, 20);
        using var actual = Tensor.Allocate(3, 20);
        foreach (var storage in Enum.GetValues<StorageType>())
        {
            foreach (var weight in new[] { full, half })
            {
                using var pack = backend.Pack(weight, storage);
                using var rounded = Reference.Pack(weight, storage);
                Assert.Equal(Stored(storage, weight == half), pack.Storage);
                Reference.Linear(input, rounded, null, Activation.Identity, expected);
                backend.Linear(input, pack, null, Activation.Identity, actual);
                Numbers.AssertClose(expected.Span, actual.Span, 1e-4, storage.ToString());
            }
        }

        // A weight without zeros is not stored sparse; float32 needs more of them than half.
        static StorageType Stored(StorageType storage, bool isHalf) => (storage, isHalf) switch
        {
            (StorageType.Sparse or StorageType.Auto, _) => StorageType.Float32,
            (StorageType.SparseBFloat16, false) => StorageType.BFloat16,
            (StorageType.SparseInt8, false) => StorageType.Int8,
            (StorageType.SparseInt8RowsA16, false) => StorageType.Int8RowsA16,
            _ => storage,
        };
    }

    [Fact]
    public void WrongShapesAreArgumentExceptions()
    {
        using var backend = new CpuBackend(1);
        using var input = Tensor.Zeros(2, 8);
        using var weight = Tensor.Zeros(4, 8);
        using var output = Tensor.Zeros(2, 4);
        using var wrong = Tensor.Zeros(2, 5);
        using var pack = backend.Pack(weight);
        Assert.Throws<ArgumentException>(() => backend.Linear(input, pack, null, Activation.Identity, wrong));
        Assert.Throws<ArgumentException>(() => backend.Linear(wrong, pack, null, Activation.Identity, output));
        Assert.Throws<ArgumentException>(() => backend.Linear(input, pack, wrong, Activation.Identity, output));
        Assert.Throws<ArgumentException>(() => backend.Linear(input, weight, wrong, Activation.Identity, output));
    }

    [Fact]
    public void AWeightOfAnotherBackendIsRefused()
    {
        using var backend = new CpuBackend(1);
        using var input = Tensor.Zeros(2, 8);
        using var weight = Tensor.Zeros(4, 8);
        using var output = Tensor.Zeros(2, 4);
        using var foreign = Reference.Pack(weight);
        Assert.Throws<ArgumentException>(() => backend.Linear(input, foreign, null, Activation.Identity, output));
    }

    [Fact]
    public void RepeatedProductsAllocateNothing()
    {
        using var backend = new CpuBackend(2);
        using var input = Numbers.Random(1, 200, 64);
        using var weight = Numbers.Random(2, 96, 64);
        using var output = Tensor.Allocate(200, 96);
        using var pack = backend.Pack(weight);
        Multiply();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 20; round++)
        {
            Multiply();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Multiply()
        {
            backend.MatMul(MatrixProduct.NT, input, weight, output);
            backend.Linear(input, pack, null, Activation.Identity, output);
        }
    }

    [Fact]
    public void TheDescriptionNamesTheInstructionSet()
    {
        using var backend = new CpuBackend(2, InstructionSet.Portable);
        Assert.Equal("cpu 128-bit vectors, 2 threads", backend.Description);
    }
}
