using Sparsum.Tensors.Backends.Cpu.Vectors;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>Runs one kernel with vectors of every width; those that the machine lacks are put together from narrower ones.</summary>
internal static class Widths
{
    /// <summary>
    /// Runs <paramref name="make"/>'s kernel once per width, each time on a fresh copy of <paramref name="memory"/>, and checks that all
    /// leave the same bits.
    /// </summary>
    public static unsafe void AssertSameBits<TKernel>(float[] memory, KernelOn<TKernel> make)
        where TKernel : struct, IKernel
    {
        int[] expected = Run<Float32>();
        Assert.Equal(expected, Run<Float128>());
        Assert.Equal(expected, Run<Float256>());
        Assert.Equal(expected, Run<Float512>());

        int[] Run<T>()
            where T : struct, IVector<T>
        {
            var copy = (float[])memory.Clone();
            fixed (float* pointer = copy)
            {
                make(pointer).Run<T>();
            }

            // Which of several NaNs an operation hands on is the machine's choice.
            return [.. copy.Select(value => float.IsNaN(value) ? int.MaxValue : BitConverter.SingleToInt32Bits(value))];
        }
    }

    internal unsafe delegate TKernel KernelOn<TKernel>(float* memory);
}
