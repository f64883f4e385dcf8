using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary><c>factor * (softmax(logits[r]) - one-hot(targets[r]))</c>; 0 where skipped. The gradient may be the logits.</summary>
internal readonly unsafe struct CrossEntropyGradientKernel(
    float* logits, int* targets, float factor, float* gradient, nint rows, nint columns, float smoothing = 0) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            float* x = logits + (row * columns);
            float* y = gradient + (row * columns);
            if (targets[row] == CrossEntropyKernel.Skipped)
            {
                new Span<float>(y, (int)columns).Clear();
                continue;
            }

            float largest = Reduction.Max<T>(x, columns);
            new Span<float>(x, (int)columns).CopyTo(new Span<float>(y, (int)columns));
            double sum = Reduction.Sum<StoredExponentialTerm, T>(new StoredExponentialTerm(y, largest), columns);
            new ScaleKernel(y, columns, (float)(factor / sum)).Run<T>();
            y[targets[row]] -= factor * (1 - smoothing);
            if (smoothing != 0)
            {
                float share = factor * smoothing / columns;
                for (nint column = 0; column < columns; column++)
                {
                    y[column] -= share;
                }
            }
        }
    }
}
