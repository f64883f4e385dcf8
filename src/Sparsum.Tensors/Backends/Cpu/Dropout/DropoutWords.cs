using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Dropout;

/// <summary>
/// The random words of one group of elements (<see cref="DropoutRule"/>), kept because neighbouring rows may share a group. Lives on the
/// stack of whoever drops.
/// </summary>
internal unsafe struct DropoutWords(RandomStream stream)
{
    private const int Rounds = 10;

    private readonly RandomStream stream = stream;
    private long present = -1;
    private fixed uint words[DropoutRule.GroupSize];

    /// <summary>A word for each element of a group, as the bits of floats, until the next call.</summary>
    public static float* Of<T>(DropoutWords* self, long group)
        where T : struct, IVector<T>
    {
        if (group != self->present)
        {
            for (int block = 0; block < DropoutRule.GroupBlocks; block += T.Count)
            {
                Compute<T>(self->stream, (ulong)((group * DropoutRule.GroupBlocks) + block), (float*)self->words + block);
            }

            self->present = group;
        }

        return (float*)self->words;
    }

    /// <summary><see cref="RandomStream.Block"/> of one block per lane. A group never straddles a carry into the upper half of the counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute<T>(RandomStream stream, ulong block, float* target)
        where T : struct, IVector<T>
    {
        var a = T.CountWords((uint)block);
        var b = T.CreateWord((uint)(block >> 32));
        var c = T.CreateWord((uint)stream.Stream);
        var d = T.CreateWord((uint)(stream.Stream >> 32));
        var (left, right) = (T.CreateWord(RandomStream.LeftFactor), T.CreateWord(RandomStream.RightFactor));
        var (key, otherKey) = ((uint)stream.Seed, (uint)(stream.Seed >> 32));
        for (int round = 0; round < Rounds; round++)
        {
            var (leftHigh, leftLow) = T.MultiplyWords(a, left);
            var (rightHigh, rightLow) = T.MultiplyWords(c, right);
            a = rightHigh ^ b ^ T.CreateWord(key);
            b = rightLow;
            c = leftHigh ^ d ^ T.CreateWord(otherKey);
            d = leftLow;
            key += RandomStream.KeyStep;
            otherKey += RandomStream.OtherKeyStep;
        }

        StoreHalves(a, target);
        StoreHalves(b, target + (2 * DropoutRule.GroupBlocks));
        StoreHalves(c, target + (4 * DropoutRule.GroupBlocks));
        StoreHalves(d, target + (6 * DropoutRule.GroupBlocks));
    }

    /// <summary>Each half decides in the upper half of a word of its own; what stands below makes no difference to a bound with zeros there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalves<T>(T words, float* target)
        where T : struct, IVector<T>
    {
        T.LowerHalvesUp(words).Store(target);
        words.Store(target + DropoutRule.GroupBlocks);
    }
}
