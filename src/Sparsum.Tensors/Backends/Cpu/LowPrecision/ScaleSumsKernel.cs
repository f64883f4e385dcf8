using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// <c>output[i, j] = sums[i, j] · (rowFactors[j] · inputFactors[i]) + bias[j]</c>, the last product and the sum rounded once. The output may be the
/// sums' memory. Where an input has rests, each of its sums is followed by that of its rests, a 254th of which is added first.
/// </summary>
/// <param name="sums">Integers, the sums of an input one after the other.</param>
/// <param name="inputs">How many inputs.</param>
/// <param name="withRests">Whether every input has sums of rests behind its own.</param>
/// <param name="rows">Sums of an input, a multiple of 4.</param>
/// <param name="inputFactors">A factor an input.</param>
/// <param name="rowFactors">A factor a row.</param>
/// <param name="bias">A summand a row.</param>
/// <param name="output">Receives the results.</param>
/// <param name="stride">Floats from one input's results to the next input's.</param>
internal readonly unsafe struct ScaleSumsKernel(
    int* sums, int inputs, bool withRests, int rows, float* inputFactors, float* rowFactors, float* bias, float* output, nint stride) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        if (rows % T.Count != 0)
        {
            Run<Float128>();
            return;
        }

        var rest = T.Create(1 / Int8Rows.RestsOfOne);
        for (nint row = 0; row < rows; row += T.Count)
        {
            var ofRows = T.Load(rowFactors + row);
            var addend = T.Load(bias + row);
            int* source = sums + row;
            float* target = output + row;
            for (int input = 0; input < inputs; input++, source += rows, target += stride)
            {
                var sum = T.LoadInt32(source);
                if (withRests)
                {
                    source += rows;
                    sum = T.MultiplyAdd(T.LoadInt32(source), rest, sum);
                }

                T.MultiplyAdd(sum, ofRows * T.Create(inputFactors[input]), addend).Store(target);
            }
        }
    }
}
