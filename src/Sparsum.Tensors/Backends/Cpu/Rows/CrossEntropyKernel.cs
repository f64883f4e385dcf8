using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary><c>losses[r] = logsumexp(logits[r]) - logits[r, targets[r]]</c> for <paramref name="rows"/> rows, the target smoothed; 0 where skipped.</summary>
internal readonly unsafe struct CrossEntropyKernel(float* logits, int* targets, double* losses, nint rows, nint columns, float smoothing = 0)
    : IKernel
{
    /// <summary>The target that stands for no target.</summary>
    public const int Skipped = -100;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            losses[row] = 0;
            if (targets[row] != Skipped)
            {
                float* x = logits + (row * columns);
                float largest = Reduction.Max<T>(x, columns);
                double sum = Reduction.Sum<ExponentialTerm, T>(new ExponentialTerm(x, largest), columns);
                losses[row] = largest + Math.Log(sum) - x[targets[row]];
                if (smoothing != 0)
                {
                    losses[row] += smoothing * (x[targets[row]] - (Reduction.Sum<ValueTerm, T>(new ValueTerm(x), columns) / columns));
                }
            }
        }
    }
}
