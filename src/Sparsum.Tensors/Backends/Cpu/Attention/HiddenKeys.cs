using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>What the key mask hides.</summary>
internal static unsafe class HiddenKeys
{
    /// <summary>
    /// Writes the mask of the keys from <paramref name="start"/> on as floats, -1 where it hides one, and returns them; null without a mask.
    /// </summary>
    public static float* Write(byte* mask, int start, int end, float* hidden)
    {
        if (mask is null)
        {
            return null;
        }

        for (int key = start; key < end; key++)
        {
            hidden[key - start] = mask[key] == 0 ? -1 : 0;
        }

        return hidden;
    }

    /// <summary>
    /// The context of a query that sees nothing: the mean of all values, zero if there are none.
    /// <paramref name="weights"/> is room for one float per key.
    /// </summary>
    public static void Average(AttentionProblem problem, int sequence, int head, float* output, float* weights)
    {
        int keys = problem.Options.KeyLength;
        int size = problem.Options.HeadSize;
        new Span<float>(weights, keys).Fill(1);
        new Span<float>(output, size).Clear();
        Kernel.Run(new ContextKernel(
            weights, problem.Value + problem.KeyOffset(sequence, head, 0), problem.KeyStride, keys, output, size));
        Kernel.Run(new ScaleKernel(output, size, keys == 0 ? 0 : 1f / keys));
    }
}
