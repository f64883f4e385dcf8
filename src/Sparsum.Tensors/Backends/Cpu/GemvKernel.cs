using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// The product of few rows with an unpacked weight: a dot product per weight row, which reads the weight once, in the order in which it
/// lies in memory.
/// </summary>
internal static unsafe class GemvKernel
{
    /// <summary>Input rows up to which this is faster than packing the weight.</summary>
    public const int MaximumRows = 4;

    /// <summary>
    /// <c>output[r, j] = input[r] · weight[j]</c>, plus <c>bias[j]</c> where given, for the weight rows <c>j</c> from
    /// <paramref name="first"/> to <paramref name="end"/> - 1.
    /// </summary>
    public static void Multiply(
        float* input, int rows, float* weight, int depth, float* bias, float* output, nint outputStride, int first, int end, bool accumulate)
    {
        for (int j = first; j < end; j++)
        {
            float* weightRow = weight + ((nint)j * depth);
            for (int row = 0; row < rows; row++)
            {
                float sum = Dot(input + ((nint)row * depth), weightRow, depth);
                float* target = output + (row * outputStride) + j;
                *target = (accumulate ? sum + *target : sum) + (bias is null ? 0 : bias[j]);
            }
        }
    }

    /// <summary>The dot product in four interleaved sums of the widest vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(float* x, float* y, int length)
    {
        int i = 0;
        float sum;
        if (Vector512.IsHardwareAccelerated)
        {
            var sum0 = Vector512<float>.Zero;
            var sum1 = Vector512<float>.Zero;
            var sum2 = Vector512<float>.Zero;
            var sum3 = Vector512<float>.Zero;
            for (; i + 64 <= length; i += 64)
            {
                sum0 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum0);
                sum1 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + 16), Vector512.Load(y + i + 16), sum1);
                sum2 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + 32), Vector512.Load(y + i + 32), sum2);
                sum3 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + 48), Vector512.Load(y + i + 48), sum3);
            }

            for (; i + 16 <= length; i += 16)
            {
                sum0 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum0);
            }

            sum = Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
        }
        else
        {
            int width = Vector<float>.Count;
            var sum0 = Vector<float>.Zero;
            var sum1 = Vector<float>.Zero;
            var sum2 = Vector<float>.Zero;
            var sum3 = Vector<float>.Zero;
            for (; i + (4 * width) <= length; i += 4 * width)
            {
                sum0 = Vector.MultiplyAddEstimate(Vector.Load(x + i), Vector.Load(y + i), sum0);
                sum1 = Vector.MultiplyAddEstimate(Vector.Load(x + i + width), Vector.Load(y + i + width), sum1);
                sum2 = Vector.MultiplyAddEstimate(Vector.Load(x + i + (2 * width)), Vector.Load(y + i + (2 * width)), sum2);
                sum3 = Vector.MultiplyAddEstimate(Vector.Load(x + i + (3 * width)), Vector.Load(y + i + (3 * width)), sum3);
            }

            for (; i + width <= length; i += width)
            {
                sum0 = Vector.MultiplyAddEstimate(Vector.Load(x + i), Vector.Load(y + i), sum0);
            }

            sum = Vector.Sum(sum0 + sum1 + (sum2 + sum3));
        }

        for (; i < length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
