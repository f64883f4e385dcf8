using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon, Tensor output)
    {
        ShapeChecks.Same(nameof(LayerNorm), input, output);
        ShapeChecks.PerColumn(nameof(LayerNorm), scale, input);
        ShapeChecks.PerColumn(nameof(LayerNorm), shift, input);
        int width = input.Columns;
        Ranges.For(pool, input.RowCount, width, (start, count) => Kernel.Run(new LayerNormKernel(
            input.Pointer + (start * width),
            scale is null ? null : scale.Pointer,
            shift is null ? null : shift.Pointer,
            epsilon,
            output.Pointer + (start * width),
            (nint)count,
            width)));
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor output)
    {
        ShapeChecks.Same(nameof(RmsNorm), input, output);
        long width = scale.Length;
        if (width == 0 ? input.Length != 0 : input.Columns % width != 0)
        {
            throw new ArgumentException($"{nameof(RmsNorm)} needs rows that are a multiple of {scale}, not {input}.", nameof(scale));
        }

        Ranges.For(pool, width == 0 ? 0 : input.Length / width, width, (start, count) => Kernel.Run(new RmsNormKernel(
            input.Pointer + (start * width),
            scale.Pointer,
            unitOffset ? 1 : 0,
            epsilon,
            output.Pointer + (start * width),
            (nint)count,
            (nint)width)));
    }
}
