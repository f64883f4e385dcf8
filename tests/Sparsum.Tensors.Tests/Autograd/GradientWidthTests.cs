using Sparsum.Tensors.Backends.Cpu.Attention;
using Sparsum.Tensors.Backends.Cpu.Dropout;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Tests.Cpu;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

/// <summary>Gradient kernels give the same bits with vectors of any width.</summary>
public unsafe class GradientWidthTests
{
    private const int Rows = 3;

    public static IEnumerable<int> Columns => Enumerable.Range(1, 70);

    [Fact]
    public void Norms()
    {
        foreach (int n in Columns)
        {
            foreach (bool isCentred in new[] { false, true })
            {
                // Input, gradient of the output and of the input, then one row each of scale, scale sums and shift sums.
                int size = Rows * n;
                Check((9 * n) + (3 * n), x => new NormGradientKernel(
                    x, x + (3 * size), 1, 1e-3f, isCentred, x + size, x + (2 * size), true, x + (3 * size) + n, x + (3 * size) + (2 * n), Rows, n));
            }
        }
    }

    [Fact]
    public void Sums_softmax_and_cross_entropy()
    {
        int[] targets = [0, -100, 0];
        fixed (int* target = targets)
        {
            nint t = (nint)target;
            foreach (int n in Columns)
            {
                Check((Rows + 1) * n, x => new ColumnSumKernel(x, Rows, n, x + (Rows * n)));
                Check(2 * Rows * n, x => new CrossEntropyGradientKernel(x, (int*)t, 0.5f, x + (Rows * n), Rows, n));
            }
        }
    }

    [Fact]
    public void Softmax_of_attention()
    {
        foreach (int n in new[] { 16, 32, 48, 64, 80, 128 })
        {
            int size = Rows * (n + 16);
            Check(2 * size, x => new SoftmaxGradientKernel(x, x + size, Rows, n + 16, n, 0.3f));
            Check(2 * size, x => new DroppedSoftmaxGradientKernel(x, x + size, Rows, n + 16, n, 1.5f, 0.3f));
        }
    }

    [Fact]
    public void Dropout()
    {
        foreach (int n in Columns.Append(200))
        {
            // From the start of a group, and from within one that lies where the counter has more than 32 bits.
            foreach (long first in new[] { 0, (1L << 40) + 5 })
            {
                // Each kernel needs words of its own, since it keeps those that it has computed.
                var words = new DropoutWords[8];
                Array.Fill(words, new DropoutWords(new RandomStream(1, 2)));
                int next = 0;
                fixed (DropoutWords* fresh = words)
                {
                    nint w = (nint)fresh;
                    Check(n, x => new DropKernel<DropAndScale>(x, n, first, (DropoutWords*)w + next++, 0.3f));
                    Check(n, x => new DropKernel<MarkDropped>(x, n, first, (DropoutWords*)w + next++, 0.3f));
                }
            }
        }
    }

    [Fact]
    public void Activations()
    {
        foreach (int n in Columns)
        {
            Gates<Identity>(n);
            Gates<Relu>(n);
            Gates<GeluErf>(n);
            Gates<GeluTanh>(n);
            Gates<Silu>(n);
            Gates<Tanh>(n);
        }
    }

    private static void Gates<TActivation>(int n)
        where TActivation : IActivation =>
        Check(5 * n, x => new GateGradientKernel<TActivation>(x, x + n, x + (2 * n), x + (3 * n), x + (4 * n), n));

    private static void Check<TKernel>(int length, Widths.KernelOn<TKernel> make)
        where TKernel : struct, Backends.Cpu.Vectors.IKernel
    {
        using var memory = Numbers.Random(length, length);
        foreach (ref float value in memory.Span)
        {
            value *= 4;
        }

        Widths.AssertSameBits(memory.ToArray(), make);
    }
}
