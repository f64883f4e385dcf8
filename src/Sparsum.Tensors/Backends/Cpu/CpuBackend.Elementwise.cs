using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void Activate(Activation activation, Tensor input, Tensor output)
    {
        ShapeChecks.Same(nameof(Activate), input, output);
        Ranges.For(pool, input.Length, 1, (start, count) =>
            ActivationKernels.Apply(activation, input.Pointer + start, output.Pointer + start, (nint)count));
    }

    /// <inheritdoc/>
    public void Gate(Activation activation, Tensor gate, Tensor up, Tensor output)
    {
        ShapeChecks.Same(nameof(Gate), gate, up);
        ShapeChecks.Same(nameof(Gate), gate, output);
        Ranges.For(pool, gate.Length, 1, (start, count) =>
            ActivationKernels.Gate(activation, gate.Pointer + start, up.Pointer + start, output.Pointer + start, (nint)count));
    }

    /// <inheritdoc/>
    public void Add(Tensor left, Tensor right, Tensor output)
    {
        ShapeChecks.Same(nameof(Add), left, right);
        ShapeChecks.Same(nameof(Add), left, output);
        Ranges.For(pool, left.Length, 1, (start, count) =>
            Kernel.Run(new CombineKernel<Sum>(left.Pointer + start, right.Pointer + start, output.Pointer + start, (nint)count)));
    }

    /// <inheritdoc/>
    public void Scale(Tensor tensor, float factor) =>
        Ranges.For(pool, tensor.Length, 1, (start, count) => Kernel.Run(new ScaleKernel(tensor.Pointer + start, (nint)count, factor)));

    /// <inheritdoc/>
    public void Rotate(Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions, bool inverse = false)
    {
        int width = tensor.Columns;
        int half = table.Size / 2;
        if (headCount < 1 || width % headCount != 0 || width / headCount < table.Size)
        {
            throw new ArgumentException($"{headCount} heads of at least {table.Size} rotated features do not fit {tensor}.", nameof(headCount));
        }

        ShapeChecks.Count(nameof(Rotate), "positions", positions.Length, tensor.RowCount, tensor);
        for (int token = 0; token < positions.Length; token++)
        {
            if ((uint)positions[token] >= (uint)table.Length)
            {
                throw new ArgumentException(
                    $"Token {token} stands at position {positions[token]}; the rotary table has {table.Length} positions.", nameof(positions));
            }
        }

        fixed (float* cosines = table.Cosines, sines = table.Sines)
        fixed (int* places = positions)
        {
            var (c, s, p) = ((nint)cosines, (nint)sines, (nint)places);
            Ranges.For(pool, positions.Length, width, (start, count) =>
            {
                for (long token = start; token < start + count; token++)
                {
                    nint angles = (nint)((int*)p)[token] * half;
                    float* heads = tensor.Pointer + (token * width);
                    var (size, direction) = (width / headCount, inverse ? -1 : 1);
                    if (table.IsInterleaved)
                    {
                        Kernel.Run(new NeighbourRotationKernel(heads, headCount, size, (float*)c + angles, (float*)s + angles, half, direction));
                    }
                    else
                    {
                        Kernel.Run(new RotationKernel(heads, headCount, size, (float*)c + angles, (float*)s + angles, half, direction));
                    }
                }
            });
        }
    }

    /// <inheritdoc/>
    public void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor output, bool accumulate = false)
    {
        int width = table.Columns;
        if (output.Columns != width || output.Length != (long)ids.Length * width)
        {
            throw new ArgumentException($"{ids.Length} rows of {table} do not fill {output}.", nameof(output));
        }

        foreach (int id in ids)
        {
            if ((uint)id >= (uint)table.RowCount)
            {
                throw new ArgumentException($"Id {id} is no row of {table}, which has {table.RowCount}.", nameof(ids));
            }
        }

        fixed (int* first = ids)
        {
            nint rows = (nint)first;
            Ranges.For(pool, ids.Length, width, (start, count) =>
            {
                for (long i = start; i < start + count; i++)
                {
                    float* from = table.Pointer + ((long)((int*)rows)[i] * width);
                    float* to = output.Pointer + (i * width);
                    if (accumulate)
                    {
                        Kernel.Run(new CombineKernel<Sum>(to, from, to, width));
                    }
                    else
                    {
                        Buffer.MemoryCopy(from, to, (long)width * sizeof(float), (long)width * sizeof(float));
                    }
                }
            });
        }
    }

    /// <inheritdoc/>
    public void Narrow(Tensor tensor, NativeBuffer words)
    {
        var address = (nint)ShapeChecks.Words(nameof(Narrow), tensor, words);
        Ranges.For(pool, tensor.Length, 1, (start, count) => HalfPrecision.NarrowToBFloat16(
            new ReadOnlySpan<float>(tensor.Pointer + start, (int)count), new Span<ushort>((ushort*)address + start, (int)count)));
    }

    /// <inheritdoc/>
    public void Widen(NativeBuffer words, Tensor tensor)
    {
        var address = (nint)ShapeChecks.Words(nameof(Widen), tensor, words);
        Ranges.For(pool, tensor.Length, 1, (start, count) => HalfPrecision.WidenBFloat16(
            new ReadOnlySpan<ushort>((ushort*)address + start, (int)count), new Span<float>(tensor.Pointer + start, (int)count)));
    }
}
