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

    /// <summary>The words of a group, as the bits of floats, until the next call.</summary>
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

        a.Store(target);
        b.Store(target + DropoutRule.GroupBlocks);
        c.Store(target + (2 * DropoutRule.GroupBlocks));
        d.Store(target + (3 * DropoutRule.GroupBlocks));
    }
}
