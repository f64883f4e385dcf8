using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// Products of inputs with sparse weights. Inputs are turned into tiles <c>[columns][tokens]</c>, so that one nonzero meets several
/// vectors of tokens; a chunk of rows is summed up over all blocks of columns, finished, and turned back. Callers take turns.
/// </summary>
internal sealed unsafe class SparseProduct : IDisposable
{
    /// <summary>Inputs up to which they are read as they are, one by one.</summary>
    private const int MostSingleInputs = 4;

    /// <summary>Tokens are padded to this, which every vector width divides.</summary>
    private const int WidthStep = 16;

    /// <summary>Tiles that are turned at a time, for each thread.</summary>
    private const int TilesPerThread = 8;

    /// <summary>Columns of a tile that are turned as one piece of work, so that few tiles keep all threads busy.</summary>
    private const int TurnedColumns = 256;

    private readonly WorkerPool pool;
    private readonly InstructionSet instructionSet;
    private readonly WorkerScratch[] scratches;
    private readonly Lock callers = new();
    private readonly ScratchBuffer tiles = new();

    /// <summary>Uses a pool that stays the caller's.</summary>
    public SparseProduct(WorkerPool pool, InstructionSet instructionSet)
    {
        this.pool = pool;
        this.instructionSet = instructionSet;
        scratches = WorkerScratch.ForEach(pool, instructionSet);
    }

    /// <summary>Tokens of a tile: eight vectors, as many sums as a kernel keeps in registers.</summary>
    public int TileWidth => 1 << TileShift;

    private int TileShift => instructionSet == InstructionSet.Avx512 ? 7 : 6;

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>, sizes checked.</summary>
    public void Run(SparseWeight weight, Tensor input, Tensor? bias, Activation activation, Tensor output, bool rowwise)
    {
        lock (callers)
        {
            if (rowwise || input.RowCount <= MostSingleInputs)
            {
                pool.For(weight.Chunks, (chunk, _) => MultiplySingly(weight, chunk, input, bias, activation, output));
                return;
            }

            int count = GemmPass.CeilingDivide(input.RowCount, TileWidth);
            int atOnce = Math.Min(count, pool.Threads * TilesPerThread);
            long tileFloats = (long)TileWidth * weight.Columns;
            float* turned = tiles.Floats(atOnce * tileFloats);
            for (int first = 0; first < count; first += atOnce)
            {
                int start = first;
                int here = Math.Min(atOnce, count - first);
                int segments = GemmPass.CeilingDivide(weight.Columns, TurnedColumns);
                pool.For(here * segments, (piece, _) =>
                {
                    var (tile, segment) = Math.DivRem(piece, segments);
                    Turn(input, start + tile, segment * TurnedColumns, turned + (tile * tileFloats));
                });
                pool.For(here * weight.Chunks, (piece, worker) =>
                {
                    var (tile, chunk) = Math.DivRem(piece, weight.Chunks);
                    Multiply(weight, chunk, turned + (tile * tileFloats), bias, activation, output, start + tile, scratches[worker]);
                });
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tiles.Dispose();
        Array.ForEach(scratches, scratch => scratch.Dispose());
    }

    private void MultiplySingly(SparseWeight weight, int chunk, Tensor input, Tensor? bias, Activation activation, Tensor output)
    {
        int firstRow = weight.FirstRow(chunk);
        int rows = weight.RowsIn(chunk);
        for (int token = 0; token < input.RowCount; token++)
        {
            var sums = output.Row(token).Slice(firstRow, rows);
            if (bias is null)
            {
                sums.Clear();
            }
            else
            {
                bias.Span.Slice(firstRow, rows).CopyTo(sums);
            }

            float* target = output.Pointer + ((long)token * weight.Rows) + firstRow;
            for (int block = 0; block < weight.Blocks; block++)
            {
                SingleInput.Add(weight, chunk, block, input.Pointer + ((long)token * weight.Columns), target);
            }

            ActivationKernels.Apply(activation, target, rows);
        }
    }

    private void Multiply(
        SparseWeight weight, int chunk, float* tile, Tensor? bias, Activation activation, Tensor output, int tileIndex, WorkerScratch scratch)
    {
        int firstRow = weight.FirstRow(chunk);
        int rows = weight.RowsIn(chunk);
        int tokens = Math.Min(TileWidth, output.RowCount - (tileIndex * TileWidth));
        int width = GemmPass.CeilingDivide(tokens, WidthStep) * WidthStep;
        float* sums = scratch.Floats(SparseWeight.MostChunkRows * TileWidth);
        for (int row = 0; row < rows; row++)
        {
            new Span<float>(sums + (row * TileWidth), width).Fill(bias is null ? 0 : bias.Span[firstRow + row]);
        }

        for (int block = 0; block < weight.Blocks; block++)
        {
            int* starts = weight.StartsOf(chunk, block);
            if (weight.LineRows == 1)
            {
                Kernel.Run(new RowKernel(starts, rows, weight.Values, weight.Offsets, tile, sums, TileShift, width));
            }
            else
            {
                Kernel.Run(new GroupKernel(
                    starts, rows / SparseWeight.GroupRows, weight.Values, weight.Offsets, tile, sums, TileShift, width));
            }
        }

        for (int row = 0; row < rows && activation != Activation.Identity; row++)
        {
            ActivationKernels.Apply(activation, sums + (row * TileWidth), width);
        }

        float* target = output.Pointer + ((long)tileIndex * TileWidth * weight.Rows) + firstRow;
        PanelPacking.Transpose(sums, TileWidth, rows, tokens, target, weight.Rows, instructionSet);
    }

    private void Turn(Tensor input, int tileIndex, int firstColumn, float* tile)
    {
        int first = tileIndex * TileWidth;
        var source = GemmOperand.Left(MatrixProduct.NT, input.Pointer, input.Columns);
        PanelPacking.Pack(
            source, first, Math.Min(TileWidth, input.RowCount - first), firstColumn, Math.Min(TurnedColumns, input.Columns - firstColumn),
            tile + ((nint)firstColumn * TileWidth), TileWidth, instructionSet);
    }
}
