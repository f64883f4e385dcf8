using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Inputs as integers in blocks of 32 with a factor each, as a product with <see cref="Int8Weight"/> reads them.</summary>
internal sealed unsafe class Int8Inputs : IDisposable
{
    /// <summary>Kernels that read inputs that are not there read whole fours.</summary>
    private const int TokensOfTiles = 4;

    private readonly NativeBuffer integers;
    private readonly NativeBuffer factors;

    /// <summary>Rounds inputs.</summary>
    /// <param name="input"><c>[tokens, columns]</c>.</param>
    /// <param name="offset">What is added to every integer: 0 or 128.</param>
    /// <param name="pool">Where to do it.</param>
    public Int8Inputs(Tensor input, int offset, WorkerPool pool)
    {
        Stride = Int8Blocks.Padded(input.Columns);
        FactorStride = Int8Blocks.FactorStride(input.Columns);
        int room = GemmPass.CeilingDivide(input.RowCount, TokensOfTiles) * TokensOfTiles;
        integers = new NativeBuffer((long)room * Stride);
        factors = new NativeBuffer((long)room * FactorStride * sizeof(float));
        Ranges.For(pool, input.RowCount, input.Columns, (start, count) =>
        {
            for (int token = (int)start; token < start + count; token++)
            {
                Int8Blocks.Quantize(
                    input.Pointer + ((nint)token * input.Columns), input.Columns, (sbyte*)Integers(token), Factors(token));
                if (offset != 0)
                {
                    Int8Blocks.MakeUnsigned(Integers(token), Stride);
                }
            }
        });
    }

    /// <summary>Bytes from one input to the next.</summary>
    public int Stride { get; }

    /// <summary>Floats from one input's factors to the next input's.</summary>
    public int FactorStride { get; }

    /// <summary>The integers of an input. There is room, of undefined content, for whole tiles of inputs.</summary>
    public byte* Integers(int token) => (byte*)integers.Pointer + ((nint)token * Stride);

    /// <summary>The factors of an input.</summary>
    public float* Factors(int token) => (float*)factors.Pointer + ((nint)token * FactorStride);

    /// <inheritdoc/>
    public void Dispose()
    {
        integers.Dispose();
        factors.Dispose();
    }
}
