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
        CheckRowsOf(scale, input);
        Ranges.For(pool, width == 0 ? 0 : input.Length / width, width, (start, count) => Kernel.Run(new RmsNormKernel(
            input.Pointer + (start * width),
            scale.Pointer,
            unitOffset ? 1 : 0,
            epsilon,
            output.Pointer + (start * width),
            (nint)count,
            (nint)width)));
    }

    /// <inheritdoc/>
    public void LayerNormGradient(
        Tensor input,
        Tensor? scale,
        float epsilon,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        Tensor? shiftGradient,
        bool accumulate = false)
    {
        ShapeChecks.PerColumn(nameof(LayerNormGradient), scale, input);
        var norm = new NormShape(scale, 0, epsilon, true, input.Columns);
        DifferentiateNorm(norm, input, outputGradient, inputGradient, scaleGradient, shiftGradient, accumulate);
    }

    /// <inheritdoc/>
    public void RmsNormGradient(
        Tensor input,
        Tensor scale,
        float epsilon,
        bool unitOffset,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        bool accumulate = false)
    {
        CheckRowsOf(scale, input);
        var norm = new NormShape(scale, unitOffset ? 1 : 0, epsilon, false, checked((int)scale.Length));
        DifferentiateNorm(norm, input, outputGradient, inputGradient, scaleGradient, null, accumulate);
    }

    private static void CheckRowsOf(Tensor scale, Tensor input)
    {
        if (scale.Length == 0 ? input.Length != 0 : input.Columns % scale.Length != 0)
        {
            throw new ArgumentException($"{nameof(RmsNorm)} needs rows that are a multiple of {scale}, not {input}.", nameof(scale));
        }
    }

    private void DifferentiateNorm(
        NormShape norm,
        Tensor input,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        Tensor? shiftGradient,
        bool accumulate)
    {
        int width = norm.Width;
        ShapeChecks.Same("A norm's gradient", input, outputGradient);
        ShapeChecks.Same("A norm's gradient", input, inputGradient ?? input);
        if ((scaleGradient ?? shiftGradient) is not null && ((scaleGradient?.Length ?? width) != width || (shiftGradient?.Length ?? width) != width))
        {
            throw new ArgumentException($"A norm over {width} features has as many gradients of its scale and shift.");
        }

        long rows = width == 0 ? 0 : input.Length / width;
        reduction.Run(rows, width, [scaleGradient, shiftGradient], (start, count, sums) => Kernel.Run(new NormGradientKernel(
            input.Pointer + (start * width),
            norm.Scale is null ? null : norm.Scale.Pointer,
            norm.Offset,
            norm.Epsilon,
            norm.IsCentred,
            outputGradient.Pointer + (start * width),
            inputGradient is null ? null : inputGradient.Pointer + (start * width),
            accumulate,
            scaleGradient is null ? null : sums,
            shiftGradient is null ? null : sums + width,
            (nint)count,
            width)));
    }

    private sealed record NormShape(Tensor? Scale, float Offset, float Epsilon, bool IsCentred, int Width);
}
