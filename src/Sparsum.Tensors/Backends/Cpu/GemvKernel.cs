using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// The product of few rows with an unpacked weight: a dot product per weight row, which reads the weight once, in the order in which it
/// lies in memory.
/// </summary>
internal static unsafe class GemvKernel
{
    /// <summary>Input rows up to which this is faster than packing the weight.</summary>
    public const int MaximumRows = 4;

    /// <summary>2 KiB.</summary>
    private const int FloatsAhead = 512;

    /// <summary>
    /// <c>output[r, j] = input[r] · weight[j]</c>, plus <c>bias[j]</c> where given, for the weight rows <c>j</c> from
    /// <paramref name="first"/> to <paramref name="end"/> - 1.
    /// </summary>
    public static void Multiply(
        float* input, int rows, float* weight, int depth, float* bias, float* output, nint outputStride, int first, int end, bool accumulate)
    {
        for (int j = first; j < end; j += 2)
        {
            float* weightRow = weight + ((nint)j * depth);
            bool alone = j + 1 == end;
            for (int row = 0; row < rows; row++)
            {
                var (sum, nextSum) = Dot(input + ((nint)row * depth), weightRow, alone ? weightRow : weightRow + depth, depth);
                float* target = output + (row * outputStride) + j;
                target[0] = (accumulate ? sum + target[0] : sum) + (bias is null ? 0 : bias[j]);
                if (!alone)
                {
                    target[1] = (accumulate ? nextSum + target[1] : nextSum) + (bias is null ? 0 : bias[j + 1]);
                }
            }
        }
    }

    /// <summary>
    /// The dot products of <paramref name="x"/> with two rows: <paramref name="x"/> is read once, and two streams from memory bring more
    /// than one. The rows are fetched ahead, across their ends, where the next rows lie.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float First, float Second) Dot(float* x, float* first, float* second, int length)
    {
        int i = 0;
        float sum;
        float secondSum;
        if (Avx512F.IsSupported)
        {
            var first0 = Vector512<float>.Zero;
            var first1 = Vector512<float>.Zero;
            var second0 = Vector512<float>.Zero;
            var second1 = Vector512<float>.Zero;
            for (; i + 32 <= length; i += 32)
            {
                Sse.Prefetch0(first + i + FloatsAhead);
                Sse.Prefetch0(first + i + FloatsAhead + 16);
                Sse.Prefetch0(second + i + FloatsAhead);
                Sse.Prefetch0(second + i + FloatsAhead + 16);
                var x0 = Vector512.Load(x + i);
                var x1 = Vector512.Load(x + i + 16);
                first0 = Vector512.FusedMultiplyAdd(x0, Vector512.Load(first + i), first0);
                second0 = Vector512.FusedMultiplyAdd(x0, Vector512.Load(second + i), second0);
                first1 = Vector512.FusedMultiplyAdd(x1, Vector512.Load(first + i + 16), first1);
                second1 = Vector512.FusedMultiplyAdd(x1, Vector512.Load(second + i + 16), second1);
            }

            sum = Vector512.Sum(first0 + first1);
            secondSum = Vector512.Sum(second0 + second1);
        }
        else
        {
            int width = Vector<float>.Count;
            var first0 = Vector<float>.Zero;
            var first1 = Vector<float>.Zero;
            var second0 = Vector<float>.Zero;
            var second1 = Vector<float>.Zero;
            for (; i + (2 * width) <= length; i += 2 * width)
            {
                var x0 = Vector.Load(x + i);
                var x1 = Vector.Load(x + i + width);
                first0 = Vector.MultiplyAddEstimate(x0, Vector.Load(first + i), first0);
                second0 = Vector.MultiplyAddEstimate(x0, Vector.Load(second + i), second0);
                first1 = Vector.MultiplyAddEstimate(x1, Vector.Load(first + i + width), first1);
                second1 = Vector.MultiplyAddEstimate(x1, Vector.Load(second + i + width), second1);
            }

            sum = Vector.Sum(first0 + first1);
            secondSum = Vector.Sum(second0 + second1);
        }

        for (; i < length; i++)
        {
            sum += x[i] * first[i];
            secondSum += x[i] * second[i];
        }

        return (sum, secondSum);
    }
}
