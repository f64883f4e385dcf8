using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.MachineCode;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Up to six inputs by a panel of 32 rows, in registers of 512 bits, by <see cref="ByteBlockCode"/>.</summary>
internal sealed unsafe class Int8WideBlockKernel : IInt8BlockKernel
{
    /// <inheritdoc/>
    public int Width => ByteBlockCode.Rows;

    /// <inheritdoc/>
    public int Tokens => ByteBlockCode.MostInputs;

    /// <inheritdoc/>
    public int InputOffset => 128;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WriteStarts(int* quads, int* starts)
    {
        for (int lane = 0; lane < Width; lane += Vector512<int>.Count)
        {
            var sum = Vector512<int>.Zero;
            for (int step = 0; step < Int8Tile.Steps; step++)
            {
                var weights = Vector512.Load(quads + (step * Width) + lane).AsSByte();
                var pairs = Avx512BW.MultiplyAddAdjacent(Vector512<byte>.One, weights);
                sum += Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One);
            }

            (sum * -InputOffset).Store(starts + lane);
        }
    }

    /// <inheritdoc/>
    public void Add(int* heads, int* quads, int blocks, Int8Inputs inputs, int token, int count, int firstBlock, float* output)
    {
        var operands = new ByteBlockCode.Operands
        {
            Quads = quads,
            Heads = heads,
            Inputs = inputs.Integers(token) + (firstBlock * Int8Blocks.Size),
            InputStride = inputs.Stride,
            Factors = inputs.Factors(token) + firstBlock,
            FactorStride = (nint)inputs.FactorStride * sizeof(float),
            Output = output,
            Blocks = blocks,
        };
        ByteBlockCode.Run(count, &operands);
    }
}
