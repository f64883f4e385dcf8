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

    private static readonly int BlocksAtOnce = int.Parse(Environment.GetEnvironmentVariable("RB") ?? "576") / Width;

    /// <inheritdoc/>
    public void Multiply(Int8Weight weight, Tensor input, Tensor output, WorkerPool pool)
    {
        using var inputs = new Int8Inputs(input, TLanes.InputOffset, pool);
        var workers = WorkerScratch.ForEach(pool);
        try
        {
            pool.For(GemmPass.CeilingDivide(weight.Rows, Width), (panel, worker) => Multiply(weight, panel * Width, inputs, output, workers[worker]));
        }
        finally
        {
            Array.ForEach(workers, scratch => scratch.Dispose());
        }
    }

    private static void Multiply(Int8Weight weight, int firstRow, Int8Inputs inputs, Tensor output, WorkerScratch scratch)
    {
        int blocks = inputs.Stride / Int8Blocks.Size;
        int rows = Math.Min(Width, weight.Rows - firstRow);
        int blockWords = Width * Int8Panel.WordsPerRow;
        int tileFloats = Width * Int8Tile.Tokens;
        float* tile = scratch.Floats(tileFloats + ((long)blocks * blockWords) + (inputs.Stride / sizeof(float)));
        int* panel = (int*)(tile + tileFloats);
        byte* room = (byte*)(panel + ((nint)blocks * blockWords));
        for (int row = 0; row < rows; row++)
        {
            weight.WritePanelRow(firstRow + row, room, Width, TLanes.InputOffset, panel + row);
        }

        for (int block = 0; block < blocks; block += BlocksAtOnce)
        {
            int count = Math.Min(BlocksAtOnce, blocks - block);
            for (int token = 0; token < output.RowCount; token += Int8Tile.Tokens)
            {
                int tokens = Math.Min(Int8Tile.Tokens, output.RowCount - token);
                bool isWhole = tokens == Int8Tile.Tokens && rows == Width;
                float* result = output.Pointer + ((nint)token * weight.Rows) + firstRow;
                float* target = isWhole ? result : tile;
                int stride = isWhole ? weight.Rows : Width;
                if (block == 0)
                {
                    Clear(target, stride);
                }
                else if (!isWhole)
                {
                    Copy(result, weight.Rows, tile, Width, tokens, rows);
                }

                Int8Tile.Add<TLanes, TFloats>(
                    panel + ((nint)block * blockWords), count, inputs.Integers(token) + (block * Int8Blocks.Size), inputs.Stride,
                    inputs.Factors(token) + block, inputs.FactorStride, target, stride);
                if (!isWhole)
                {
                    Copy(tile, Width, result, weight.Rows, tokens, rows);
                }
            }
        }
    }

    private static void Clear(float* target, int stride)
    {
        for (int token = 0; token < Int8Tile.Tokens; token++)
        {
            new Span<float>(target + ((nint)token * stride), Width).Clear();
        }
    }

    private static void Copy(float* source, int sourceStride, float* target, int targetStride, int tokens, int rows)
    {
        for (int token = 0; token < tokens; token++)
        {
            new Span<float>(source + ((nint)token * sourceStride), rows).CopyTo(new Span<float>(target + ((nint)token * targetStride), rows));
        }
    }
}
