using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Turns the products of one query with its keys into <c>e^(score - largest score)</c>, in place, and their sum. Hidden keys get exactly 0.
/// </summary>
/// <param name="products">Query times key, one per key.</param>
/// <param name="count">Number of keys.</param>
/// <param name="scale">Factor on the products.</param>
/// <param name="bias">Added to the scaled products, or null.</param>
/// <param name="hidden">Negative where the key mask hides a key, 0 elsewhere; or null.</param>
/// <param name="sum">Receives the sum; 0 exactly when all keys are hidden.</param>
internal readonly unsafe struct ScoreKernel(float* products, nint count, float scale, float* bias, float* hidden, double* sum) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* x = products;
        nint i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            Score(
                T.Load(x + i), bias is null ? T.Create(0) : T.Load(bias + i), hidden is null ? T.Create(0) : T.Load(hidden + i))
                .Store(x + i);
        }

        if (i < count)
        {
            nint rest = count - i;
            var b = bias is null ? T.Create(0) : Tail.Load<T>(bias + i, rest);
            var h = hidden is null ? T.Create(0) : Tail.Load<T>(hidden + i, rest);
            Tail.Store(Score(Tail.Load<T>(x + i, rest), b, h), x + i, rest);
        }

        float largest = Reduction.Max<T>(x, count);
        if (float.IsNegativeInfinity(largest) && AllHidden())
        {
            *sum = 0;
            return;
        }

        *sum = Reduction.Sum<StoredExponentialTerm, T>(new StoredExponentialTerm(x, largest), count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Score<T>(T product, T addend, T hide)
        where T : struct, IVector<T> =>
        T.SelectLess(hide, T.Create(0), T.Create(float.NegativeInfinity), T.MultiplyAdd(product, T.Create(scale), addend));

    /// <summary>Scores of negative infinity may also come from the bias; those are no mask and give NaN.</summary>
    private bool AllHidden()
    {
        for (nint i = 0; i < count; i++)
        {
            if (hidden is null || hidden[i] == 0)
            {
                return false;
            }
        }

        return true;
    }
}
