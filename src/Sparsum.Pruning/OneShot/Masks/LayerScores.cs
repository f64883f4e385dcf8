using System.Buffers;
using System.Numerics.Tensors;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>The scores of one layer, computed row by row whenever they are asked for, so that no second matrix is held.</summary>
/// <param name="name">The layer, for messages.</param>
/// <param name="rows">Output features, <c>R</c>.</param>
/// <param name="columns">Input features, <c>C</c>.</param>
/// <param name="scorer">Gives the scores of a row.</param>
/// <param name="threads">Most threads to use; results do not depend on it.</param>
public sealed class LayerScores(string name, int rows, int columns, RowScorer scorer, int threads)
{
    private readonly Lock errorLock = new();
    private string unit = "row";

    /// <summary>What a row's scores are handed to, with room for its mask.</summary>
    public delegate void RowAction(int row, ReadOnlySpan<float> scores, Span<bool> pruned);

    /// <summary>Output features, <c>R</c>.</summary>
    public int Rows => rows;

    /// <summary>Input features, <c>C</c>.</summary>
    public int Columns => columns;

    /// <summary>
    /// The same scores with <paramref name="height"/> neighbouring rows taken as one, whose scores are the means of theirs; the last may be
    /// of fewer.
    /// </summary>
    public LayerScores OfBlocks(int height) =>
        new(name, (rows + height - 1) / height, columns, (block, scores) => ScoreBlock(block * height, height, scores), threads)
        {
            unit = FormattableString.Invariant($"block of {height} rows"),
        };

    /// <summary>Scores every row, in any order and on several threads at once.</summary>
    /// <exception cref="RunFailedException">A score is no number.</exception>
    public void ForEachRow(RowAction action)
    {
        int firstUndefined = int.MaxValue;
        if (threads == 1)
        {
            var scratch = NewScratch();
            for (int row = 0; row < rows; row++)
            {
                Visit(row, scratch);
            }
        }
        else
        {
            Parallel.For(0, rows, new ParallelOptions { MaxDegreeOfParallelism = threads }, NewScratch, (row, _, scratch) => Visit(row, scratch), _ => { });
        }

        if (firstUndefined != int.MaxValue)
        {
            throw new RunFailedException("undefined-score", $"A score of layer '{name}' is not a number.")
            {
                Found = $"NaN in {unit} {firstUndefined} of {name}",
                Expected = "finite weights and activations",
                Hint = "Check the model with a dense evaluation; its weights or activations overflow.",
            };
        }

        RowScratch NewScratch() => new(new float[columns], new bool[columns]);

        RowScratch Visit(int row, RowScratch scratch)
        {
            scorer(row, scratch.Scores);
            if (RowKernels.HasNaN(scratch.Scores))
            {
                lock (errorLock)
                {
                    firstUndefined = Math.Min(firstUndefined, row);
                }
            }
            else
            {
                action(row, scratch.Scores, scratch.Pruned);
            }

            return scratch;
        }
    }

    private void ScoreBlock(int first, int height, Span<float> scores)
    {
        scorer(first, scores);
        int count = Math.Min(height, rows - first);
        float[] other = ArrayPool<float>.Shared.Rent(columns);
        for (int row = first + 1; row < first + count; row++)
        {
            scorer(row, other.AsSpan(0, columns));
            TensorPrimitives.Add(scores, other.AsSpan(0, columns), scores);
        }

        ArrayPool<float>.Shared.Return(other);
        TensorPrimitives.Divide(scores, count, scores);
    }

    /// <summary>A thread's memory for one row. A class, since the runtime has compiled code of its loops for those.</summary>
    private sealed record RowScratch(float[] Scores, bool[] Pruned);
}

/// <summary>
/// Writes the scores of one row of a layer: non-negative, higher means more worth keeping. Called for several rows at once by several threads.
/// </summary>
/// <param name="row">The row, <c>0 .. R-1</c>.</param>
/// <param name="scores">Receives <c>C</c> scores.</param>
public delegate void RowScorer(int row, Span<float> scores);
