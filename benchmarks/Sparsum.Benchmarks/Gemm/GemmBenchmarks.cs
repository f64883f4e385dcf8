using BenchmarkDotNet.Attributes;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.Gemm;

/// <summary>The linear layers of BERT-base and their gradients, by number of threads.</summary>
public class GemmBenchmarks
{
    private CpuBackend backend = null!;
    private Tensor input = null!;
    private Tensor weight = null!;
    private Tensor output = null!;
    private Tensor weightGradient = null!;
    private PackedWeight packed = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params(128, 4096)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        backend = new CpuBackend(Threads);
        input = Tensor.Zeros(Tokens, 768);
        weight = Tensor.Zeros(3072, 768);
        output = Tensor.Zeros(Tokens, 3072);
        weightGradient = Tensor.Zeros(3072, 768);
        packed = backend.Pack(weight);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        packed.Dispose();
        input.Dispose();
        weight.Dispose();
        output.Dispose();
        weightGradient.Dispose();
        backend.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Linear() => backend.Linear(input, weight, null, Activation.Identity, output);

    [Benchmark]
    public void PackedLinear() => backend.Linear(input, packed, null, Activation.Identity, output);

    [Benchmark]
    public void InputGradient() => backend.MatMul(MatrixProduct.NN, output, weight, input);

    [Benchmark]
    public void WeightGradient() => backend.MatMul(MatrixProduct.TN, output, input, weightGradient);
}
