using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The product of many inputs with a weight, panel by panel: a panel of rows is put together from the weight as it is stored, and stays in cache
/// while all inputs pass.
/// </summary>
internal static unsafe class Int8Panels
{
    /// <summary>Blocks of one row, over all rows of a panel, that pass all inputs at a time: 23 KiB, which a first-level cache holds beside the inputs.</summary>
    private const int RowBlocksAtOnce = 576;

    /// <summary><c>output = input · weightᵀ</c>.</summary>
    public static void Multiply(IInt8BlockKernel kernel, Int8Weight weight, Tensor input, Tensor output, WorkerPool pool)
    {
        using var inputs = new Int8Inputs(input, kernel.InputOffset, pool);
        var workers = WorkerScratch.ForEach(pool, InstructionSets.Best);
        try
        {
            pool.For(GemmPass.CeilingDivide(weight.Rows, kernel.Width), (panel, worker) =>
                Multiply(kernel, weight, panel * kernel.Width, inputs, output, workers[worker]));
        }
        finally
        {
            Array.ForEach(workers, scratch => scratch.Dispose());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(IInt8BlockKernel kernel, Int8Weight weight, int firstRow, Int8Inputs inputs, Tensor output, WorkerScratch scratch)
    {
        int width = kernel.Width;
        int blocks = inputs.Stride / Int8Blocks.Size;
        int rows = Math.Min(width, weight.Rows - firstRow);
        float* tile = scratch.Floats(width * (kernel.Tokens + (((long)blocks * (Int8Tile.HeadWords + Int8Tile.Steps)) + (inputs.Stride / sizeof(float)))));
        int* heads = (int*)tile + (width * kernel.Tokens);
        int* quads = heads + (width * Int8Tile.HeadWords * blocks);
        byte* room = (byte*)(quads + (width * Int8Tile.Steps * blocks));
        Pack(kernel, weight, firstRow, rows, blocks, room, heads, quads);
        int atOnce = RowBlocksAtOnce / width;
        for (int block = 0; block < blocks; block += atOnce)
        {
            int count = Math.Min(atOnce, blocks - block);
            for (int token = 0; token < output.RowCount; token += kernel.Tokens)
            {
                int tokens = Math.Min(kernel.Tokens, output.RowCount - token);
                float* result = output.Pointer + ((nint)token * weight.Rows) + firstRow;
                Fetch(result, tokens, weight.Rows, width);
                if (block == 0)
                {
                    new Span<float>(tile, width * kernel.Tokens).Clear();
                }
                else
                {
                    Copy(result, weight.Rows, tile, width, tokens, rows);
                }

                kernel.Add(
                    heads + (width * Int8Tile.HeadWords * block), quads + (width * Int8Tile.Steps * block), count, inputs, token, tokens, block, tile);
                Copy(tile, width, result, weight.Rows, tokens, rows);
            }
        }
    }

    /// <summary>Puts a panel together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pack(IInt8BlockKernel kernel, Int8Weight weight, int firstRow, int rows, int blocks, byte* room, int* heads, int* quads)
    {
        int width = kernel.Width;
        byte* stored = weight.ReadRows(firstRow, rows, room);
        var words = GemmOperand.Left(MatrixProduct.NT, (float*)stored, blocks * Int8Tile.Steps);
        PanelPacking.Pack(words, 0, rows, 0, blocks * Int8Tile.Steps, (float*)quads, width, InstructionSets.Best);
        for (int block = 0; block < blocks; block++)
        {
            float* factors = (float*)heads + width;
            for (int row = 0; row < rows; row++)
            {
                factors[row] = Int8Product.Factor(weight.FactorsOf(firstRow + row)[block]);
            }

            new Span<float>(factors + rows, width - rows).Clear();
            kernel.WriteStarts(quads, heads);
            heads += width * Int8Tile.HeadWords;
            quads += width * Int8Tile.Steps;
        }
    }

    /// <summary>Asks for the memory of results, which lie far apart, while they are computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* results, int tokens, nint stride, int width)
    {
        for (int token = 0; token < tokens && Sse.IsSupported; token++, results += stride)
        {
            Sse.Prefetch0(results);
            Sse.Prefetch0(results + (width / 2));
            Sse.Prefetch0(results + width - 1);
        }
    }

    /// <summary>Copies rows from one memory to another; whole ones, which are many and short, register by register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* source, nint sourceStride, float* target, nint targetStride, int tokens, int rows)
    {
        for (int token = 0; token < tokens; token++, source += sourceStride, target += targetStride)
        {
            int row = 0;
            for (; row <= rows - Vector128<float>.Count; row += Vector128<float>.Count)
            {
                Vector128.Load(source + row).Store(target + row);
            }

            for (; row < rows; row++)
            {
                target[row] = source[row];
            }
        }
    }
}
