using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Checkpoints;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

/// <summary>
/// Neighbouring columns that are pruned together: compared over all rows, or in groups of a pattern, then zeroed one column after the
/// other while those to the right within the slab make up for it.
/// </summary>
/// <param name="columns">The slab transposed, <c>[width, R]</c>, changed in place.</param>
/// <param name="errors">Receives the negated errors <c>-E [width, R]</c> that the columns after the slab have to make up for.</param>
/// <param name="factor">Row <c>i</c> of <c>U</c> from its diagonal to the slab's end.</param>
internal sealed class ColumnBlock(Tensor columns, Tensor errors, double[][] factor)
{
    private readonly int width = columns.RowCount;
    private readonly int rows = columns.Columns;

    /// <summary>Weights that were zero before the run, <c>[width, R]</c>; empty when there were none. They stay zero and count.</summary>
    public ReadOnlyMemory<bool> WasZero { get; init; }

    /// <summary>How many neighbouring rows share their zeros.</summary>
    public required int BlockRows { get; init; }

    /// <summary>Scales that weights are rounded to on the way; null leaves them as they are.</summary>
    public QuantizedGrid? Grid { get; init; }

    /// <summary>Whether scales serve parts of the block, and are found when the sweep comes to these.</summary>
    public bool FindsScales { get; init; }

    /// <summary>Where the block begins among the columns of the layer.</summary>
    public int FirstColumn { get; init; }

    /// <summary>Most threads to use.</summary>
    public required int Threads { get; init; }

    private int Blocks => (rows + BlockRows - 1) / BlockRows;

    /// <summary>
    /// Prunes every weight whose score <c>W²/U_cc²</c> is not above the one at index <c>⌊R·width·ratio⌋</c>; blocks of rows are scored by
    /// their means.
    /// </summary>
    public void Prune(double ratio)
    {
        using var scores = Tensor.Allocate(width, Blocks);
        Score(scores);

        // Without a ratio nothing goes: the sweep then rounds alone.
        float threshold = ratio == 0 ? -1 : Selection.KthSmallest(scores.Span, (int)Math.Floor((double)Blocks * width * ratio));
        ForEachTile((tile, first, count) =>
        {
            for (int i = 0; i < width; i++)
            {
                var column = scores.Row(i);
                for (int lane = 0; lane < count; lane++)
                {
                    tile.Pruned(i)[lane] = column[(first + lane) / BlockRows] <= threshold;
                }
            }

            MarkZeros(tile, first, count);
            for (int i = 0; i < width; i++)
            {
                Eliminate(tile, i, first, count);
            }
        });
    }

    /// <summary>Prunes the lowest scores in each group of columns, scored when the sweep comes to the group.</summary>
    public void Prune(NmPattern pattern) => ForEachTile((tile, first, count) =>
    {
        for (int i = 0; i < width; i++)
        {
            if (i % pattern.GroupSize == 0)
            {
                MarkGroups(tile, i, first, count, pattern);
            }

            Eliminate(tile, i, first, count);
        }
    });

    private ParallelOptions Options => new() { MaxDegreeOfParallelism = Threads };

    private static double Square(double value) => value * value;

    private bool IsZero(int i, int row) => !WasZero.IsEmpty && WasZero.Span[(i * rows) + row];

    private void Eliminate(ColumnBlockTile tile, int i, int first, int count)
    {
        if (Grid is null)
        {
            tile.Eliminate(i, factor[i]);
            return;
        }

        int size = Grid.Quantization.WidthOf(Grid.Columns);
        int column = FirstColumn + i;
        for (int lane = 0; lane < count; lane++)
        {
            ref float scale = ref Grid.Row(first + lane)[column / size];
            if (FindsScales && column % size == 0)
            {
                scale = Grid.Quantization.Scale(tile.Extreme(lane, i, i + size));
            }

            tile.Scales[lane] = scale;
        }

        tile.Eliminate(i, factor[i], Grid.Quantization);
    }

    /// <summary>The scores <c>[width, blocks]</c>, in double precision until they are rounded.</summary>
    private void Score(Tensor scores) => Parallel.For(
        0,
        width,
        Options,
        () => new double[rows],
        (i, _, squares) =>
        {
            TensorPrimitives.ConvertTruncating(columns.Row(i), squares);
            TensorPrimitives.Multiply(squares, squares, squares);
            ClearZeros(i, squares);
            MeanBlocks(squares, 1 / Square(factor[i][0]));
            TensorPrimitives.ConvertTruncating(squares.AsSpan(0, Blocks), scores.Row(i));
            return squares;
        },
        _ => { });

    private void ClearZeros(int i, double[] squares)
    {
        for (int row = 0; row < rows && !WasZero.IsEmpty; row++)
        {
            squares[row] = IsZero(i, row) ? 0 : squares[row];
        }
    }

    /// <summary>Leaves the means of blocks of rows, times a factor, at the front.</summary>
    private void MeanBlocks(Span<double> squares, double cost)
    {
        if (BlockRows == 1)
        {
            TensorPrimitives.Multiply(squares, cost, squares);
            return;
        }

        for (int block = 0; block < Blocks; block++)
        {
            var own = squares.Slice(block * BlockRows, Math.Min(BlockRows, rows - (block * BlockRows)));
            double sum = 0;
            foreach (double square in own)
            {
                sum += square;
            }

            squares[block] = sum * cost / own.Length;
        }
    }

    /// <summary>Marks the columns <c>i .. i+M-1</c> of a tile.</summary>
    private void MarkGroups(ColumnBlockTile tile, int i, int first, int count, NmPattern pattern)
    {
        Span<double> scores = stackalloc double[pattern.GroupSize];
        for (int lane = 0; lane < count; lane += BlockRows)
        {
            int end = Math.Min(count, lane + BlockRows);
            for (int k = 0; k < scores.Length; k++)
            {
                scores[k] = 0;
                for (int row = lane; row < end; row++)
                {
                    scores[k] += IsZero(i + k, first + row) ? 0 : Square(tile.Values(i + k)[row] / factor[i + k][0]);
                    tile.Pruned(i + k)[row] = IsZero(i + k, first + row);
                }
            }

            for (int n = 0; n < pattern.PrunedPerGroup; n++)
            {
                int lowest = scores.IndexOf(TensorPrimitives.Min<double>(scores));
                scores[lowest] = double.PositiveInfinity;
                tile.Pruned(i + lowest)[lane..end].Fill(true);
            }
        }
    }

    private void MarkZeros(ColumnBlockTile tile, int first, int count)
    {
        for (int i = 0; i < width && !WasZero.IsEmpty; i++)
        {
            for (int lane = 0; lane < count; lane++)
            {
                tile.Pruned(i)[lane] |= IsZero(i, first + lane);
            }
        }
    }

    /// <summary>Loads rows into tiles, lets each be worked on, and stores columns and errors.</summary>
    private void ForEachTile(Action<ColumnBlockTile, int, int> action)
    {
        // Whole blocks of rows, so that a pattern over a block is chosen within one tile.
        int step = BlockRows > ColumnBlockTile.Lanes ? ColumnBlockTile.Lanes : ColumnBlockTile.Lanes / BlockRows * BlockRows;
        Parallel.For(
            0,
            (rows + step - 1) / step,
            Options,
            () => new ColumnBlockTile(width),
            (piece, _, tile) =>
            {
                int first = piece * step;
                int count = Math.Min(step, rows - first);
                tile.Load(columns, first, count);
                action(tile, first, count);
                tile.Store(columns, errors, first, count);
                return tile;
            },
            tile =>
            {
                Grid?.AddRoundedToZero(tile.RoundedToZero);
                tile.Dispose();
            });
    }
}
