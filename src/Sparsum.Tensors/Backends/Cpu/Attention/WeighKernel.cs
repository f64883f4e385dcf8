using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Turns products into <c>e^(score - largest score)</c>, in place, row by row; hidden keys and the lanes behind the last get exactly 0.
/// Scores of negative infinity that come from the bias alone are no mask and give NaN.
/// </summary>
internal readonly unsafe struct WeighKernel(ScoreBlock* block) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint width = block->Width;
        for (int row = 0; row < block->Rows; row++)
        {
            float* x = block->Products + (row * block->Stride);
            var (first, end) = (block->First[row], block->End[row]);
            if (first == end)
            {
                new Span<float>(x, (int)width).Clear();
                block->Sums[row] = 0;
                continue;
            }

            float largest = Score<T>(x, row);
            if (first > 0 || end < block->Keys)
            {
                new Span<float>(x, first).Fill(float.NegativeInfinity);
                new Span<float>(x + end, (int)width - end).Fill(float.NegativeInfinity);
                largest = Reduction.Max<T>(x, width);
            }

            double sum = Reduction.Sum<StoredExponentialTerm, T>(new StoredExponentialTerm(x, largest), width);
            block->Sums[row] = sum;
            if (block->Normalizes)
            {
                new ScaleKernel(x, width, (float)(1 / sum)).Run<T>();
            }
        }
    }

    /// <summary>Writes the scores of a row and returns the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Score<T>(float* x, int row)
        where T : struct, IVector<T>
    {
        nint width = block->Width;
        float* addends = block->Addends;
        var scale = T.Create(block->Scale);
        var largest = T.Create(float.NegativeInfinity);
        if (block->Bias is null)
        {
            for (nint i = 0; i < width; i += T.Count)
            {
                var score = T.MultiplyAdd(T.Load(x + i), scale, T.Load(addends + i));
                score.Store(x + i);
                largest = T.Max(largest, score);
            }

            return T.MaxAcross(largest);
        }

        float* bias = block->Bias + (row * block->BiasStride);
        nint keys = block->Keys;
        for (nint i = 0; i < width; i += T.Count)
        {
            // The bias is not filled up.
            var addend = i <= keys - T.Count ? T.Load(bias + i) : Tail.Load<T>(bias + i, keys - i);
            var score = T.MultiplyAdd(T.Load(x + i), scale, addend) + T.Load(addends + i);
            score.Store(x + i);
            largest = T.Max(largest, score);
        }

        return T.MaxAcross(largest);
    }
}
