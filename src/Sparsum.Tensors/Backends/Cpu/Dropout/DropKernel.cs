using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Dropout;

/// <summary>Decides on neighbouring elements, in place.</summary>
/// <param name="values">The elements.</param>
/// <param name="count">Their number.</param>
/// <param name="first">The number of the first among the elements of the stream.</param>
/// <param name="words">The stream.</param>
/// <param name="rate">The rate.</param>
internal readonly unsafe struct DropKernel<TOperation>(float* values, nint count, long first, DropoutWords* words, float rate) : IKernel
    where TOperation : IDropOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* x = values;
        var bound = T.CreateWord((uint)DropoutRule.Threshold(rate) << 16);
        var factor = T.Create(DropoutRule.Factor(rate));
        nint done = 0;
        while (done < count)
        {
            nint place = (nint)((first + done) % DropoutRule.GroupSize);
            float* w = DropoutWords.Of<T>(words, (first + done) / DropoutRule.GroupSize) + place;
            nint here = DropoutRule.GroupSize - place < count - done ? DropoutRule.GroupSize - place : count - done;
            nint i = 0;
            for (; i <= here - T.Count; i += T.Count)
            {
                TOperation.Apply(T.Load(x + i), T.Load(w + i), bound, factor).Store(x + i);
            }

            if (i < here)
            {
                nint rest = here - i;
                Tail.Store(TOperation.Apply(Tail.Load<T>(x + i, rest), Tail.Load<T>(w + i, rest), bound, factor), x + i, rest);
            }

            x += here;
            done += here;
        }
    }
}
