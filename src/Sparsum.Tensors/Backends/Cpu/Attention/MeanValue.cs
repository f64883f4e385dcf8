using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>The context of a query that sees nothing.</summary>
internal static unsafe class MeanValue
{
    /// <summary>
    /// The mean of all values of a head, zero if there are none. <paramref name="weights"/> is room for one float per key.
    /// </summary>
    public static void Write<TFormat>(AttentionProblem problem, int sequence, int head, float* output, float* weights)
        where TFormat : IKeyFormat
    {
        int keys = problem.KeyLengthOf(sequence);
        int size = problem.Options.HeadSize;
        new Span<float>(weights, keys).Fill(1);
        new Span<float>(output, size).Clear();
        Kernel.Run(new ContextKernel<TFormat>(weights, problem.ValuesOf(sequence, head, 0), keys, output, size));
        Kernel.Run(new ScaleKernel(output, size, keys == 0 ? 0 : 1f / keys));
    }
}
