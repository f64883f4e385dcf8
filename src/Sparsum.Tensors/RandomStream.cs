namespace Sparsum.Tensors;

/// <summary>
/// Random numbers that are a function of their index: Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011).
/// Any thread can compute any part of the stream, so results do not depend on how work is split.
/// </summary>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Stream">Which of the seed's independent streams.</param>
public readonly record struct RandomStream(ulong Seed, ulong Stream)
{
    internal const uint LeftFactor = 0xD251_1F53;
    internal const uint RightFactor = 0xCD9E_8D57;
    internal const uint KeyStep = 0x9E37_79B9;
    internal const uint OtherKeyStep = 0xBB67_AE85;

    /// <summary>Words <c>4 * block</c> to <c>4 * block + 3</c> of the stream.</summary>
    public (uint First, uint Second, uint Third, uint Fourth) Block(ulong block) => Rounds(
        ((uint)block, (uint)(block >> 32), (uint)Stream, (uint)(Stream >> 32)), ((uint)Seed, (uint)(Seed >> 32)));

    /// <summary>The ten rounds on a counter of four words under a key of two.</summary>
    internal static (uint First, uint Second, uint Third, uint Fourth) Rounds((uint A, uint B, uint C, uint D) counter, (uint A, uint B) key)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong left = (ulong)LeftFactor * counter.A;
            ulong right = (ulong)RightFactor * counter.C;
            counter = ((uint)(right >> 32) ^ counter.B ^ key.A, (uint)right, (uint)(left >> 32) ^ counter.D ^ key.B, (uint)left);
            key = (key.A + KeyStep, key.B + OtherKeyStep);
        }

        return counter;
    }
}
