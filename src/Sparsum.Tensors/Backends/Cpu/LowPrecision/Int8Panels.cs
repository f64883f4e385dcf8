using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The product of many inputs with a weight, panel by panel: a panel of rows is put together from the weight as it is stored, and stays in cache
/// while all inputs pass.
/// </summary>
internal sealed unsafe class Int8Panels<TLanes, TFloats> : IInt8Panels
    where TLanes : struct, IInt8Lanes<TLanes, TFloats>
    where TFloats : struct, IVector<TFloats>
{
    /// <summary>Blocks of one row, over all rows of a panel, that pass all inputs at a time: 23 KiB, which a first-level cache holds beside the inputs.</summary>
    private const int RowBlocksAtOnce = 576;

    private static int Width => Int8Tile.Registers * TFloats.Count;

    private static int BlocksAtOnce => RowBlocksAtOnce / Width;

    /// <inheritdoc/>
    public void Multiply(Int8Weight weight, Tensor input, Tensor output, WorkerPool pool)
    {
        using var inputs = new Int8Inputs(input, TLanes.InputOffset, pool);
        var workers = WorkerScratch.ForEach(pool, InstructionSets.Best);
        try
        {
            pool.For(GemmPass.CeilingDivide(weight.Rows, Width), (panel, worker) => Multiply(weight, panel * Width, inputs, output, workers[worker]));
        }
        finally
        {
            Array.ForEach(workers, scratch => scratch.Dispose());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(Int8Weight weight, int firstRow, Int8Inputs inputs, Tensor output, WorkerScratch scratch)
    {
        int blocks = inputs.Stride / Int8Blocks.Size;
        int rows = Math.Min(Width, weight.Rows - firstRow);
        float* tile = scratch.Floats(Width * (Int8Tile.Tokens + (((long)blocks * (Int8Tile.HeadWords + Int8Tile.Steps)) + (inputs.Stride / sizeof(float)))));
        int* heads = (int*)tile + (Width * Int8Tile.Tokens);
        int* quads = heads + (Width * Int8Tile.HeadWords * blocks);
        byte* room = (byte*)(quads + (Width * Int8Tile.Steps * blocks));
        Pack(weight, firstRow, rows, blocks, room, heads, quads);
        for (int block = 0; block < blocks; block += BlocksAtOnce)
        {
            int count = Math.Min(BlocksAtOnce, blocks - block);
            for (int token = 0; token < output.RowCount; token += Int8Tile.Tokens)
            {
                int tokens = Math.Min(Int8Tile.Tokens, output.RowCount - token);
                float* result = output.Pointer + ((nint)token * weight.Rows) + firstRow;
                Fetch(result, tokens, weight.Rows);
                if (block == 0)
                {
                    new Span<float>(tile, Width * Int8Tile.Tokens).Clear();
                }
                else
                {
                    Copy(result, weight.Rows, tile, Width, tokens, rows);
                }

                Int8Tile.Add<TLanes, TFloats>(
                    heads + (Width * Int8Tile.HeadWords * block), quads + (Width * Int8Tile.Steps * block), count,
                    inputs.Integers(token) + (block * Int8Blocks.Size), inputs.Stride, inputs.Factors(token) + block, inputs.FactorStride, tile);
                Copy(tile, Width, result, weight.Rows, tokens, rows);
            }
        }
    }

    /// <summary>Puts a panel together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(Int8Weight weight, int firstRow, int rows, int blocks, byte* room, int* heads, int* quads)
    {
        byte* stored = weight.ReadRows(firstRow, rows, room);
        var words = GemmOperand.Left(MatrixProduct.NT, (float*)stored, blocks * Int8Tile.Steps);
        PanelPacking.Pack(words, 0, rows, 0, blocks * Int8Tile.Steps, (float*)quads, Width, InstructionSets.Best);
        for (int block = 0; block < blocks; block++)
        {
            float* factors = (float*)heads + Width;
            for (int row = 0; row < rows; row++)
            {
                factors[row] = Int8Product.Factor(weight.FactorsOf(firstRow + row)[block]);
            }

            new Span<float>(factors + rows, Width - rows).Clear();
            for (int lane = 0; lane < Width; lane += TFloats.Count)
            {
                TLanes.Starts(quads + lane, Width).Store(heads + lane);
            }

            heads += Width * Int8Tile.HeadWords;
            quads += Width * Int8Tile.Steps;
        }
    }

    /// <summary>Asks for the memory of results, which lie far apart, while they are computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* results, int tokens, nint stride)
    {
        for (int token = 0; token < tokens && Sse.IsSupported; token++, results += stride)
        {
            Sse.Prefetch0(results);
            Sse.Prefetch0(results + (Width / 2));
            Sse.Prefetch0(results + Width - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, nint sourceStride, float* target, nint targetStride, int tokens, int rows)
    {
        for (int token = 0; token < tokens; token++, source += sourceStride, target += targetStride)
        {
            if (rows != Width)
            {
                new Span<float>(source, rows).CopyTo(new Span<float>(target, rows));
                continue;
            }

            TFloats.Load(source).Store(target);
            TFloats.Load(source + TFloats.Count).Store(target + TFloats.Count);
            TFloats.Load(source + (2 * TFloats.Count)).Store(target + (2 * TFloats.Count));
        }
    }
}
