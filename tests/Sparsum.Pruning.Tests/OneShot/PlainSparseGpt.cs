using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>
/// SparseGPT step by step as the paper writes it, in double precision: the inverse by Gauss-Jordan elimination, then its upper Cholesky
/// factor, then columns one after the other.
/// </summary>
internal static class PlainSparseGpt
{
    public static double[,] Prune(
        float[] weights, int rows, int columns, Tensor inputs, double damping, double ratio, NmPattern? pattern, int blockSize, int blockRows, WeightQuantization? quantization = null)
    {
        double[,] w = new double[rows, columns];
        for (int i = 0; i < weights.Length; i++)
        {
            w[i / columns, i % columns] = weights[i];
        }

        double[,] u = Factor(Invert(Hessian(inputs, columns, damping)));
        bool[,] pruned = new bool[rows, columns];
        float[] scales = new float[rows];
        for (int start = 0; start < columns; start += blockSize)
        {
            int end = Math.Min(columns, start + blockSize);
            if (pattern is null && ratio > 0)
            {
                MarkColumnBlock(start, end);
            }

            for (int i = start; i < end; i++)
            {
                if (pattern is not null && (i - start) % pattern.GroupSize == 0)
                {
                    MarkGroups(i, pattern);
                }

                for (int r = 0; r < rows; r++)
                {
                    double rounded = Round(r, i);
                    double kept = pruned[r, i] ? 0 : rounded;
                    double error = (w[r, i] - kept) / u[i, i];
                    w[r, i] = kept;
                    for (int j = i + 1; j < columns; j++)
                    {
                        w[r, j] -= error * u[i, j];
                    }
                }
            }
        }

        return w;

        // The scale is found where its group begins: for a row, before anything is pruned.
        double Round(int r, int c)
        {
            if (quantization is null)
            {
                return w[r, c];
            }

            int size = quantization.GroupSize ?? columns;
            if (c % size == 0)
            {
                scales[r] = quantization.Scale(Enumerable.Range(c, size).Select(i => w[r, i]).MaxBy(Math.Abs));
            }

            var (low, high) = quantization.Bits == 8 ? (-127, 127) : (-8, 7);
            return Enumerable.Range(low, high - low + 1).Select(step => step * (double)scales[r]).MinBy(value => Math.Abs(value - w[r, c]));
        }

        // Weights that were zero have no score and are always pruned.
        double Score(int block, int c) => Rows(block)
            .Average(r => weights[(r * columns) + c] == 0 ? 0 : w[r, c] * w[r, c] / (u[c, c] * u[c, c]));

        IEnumerable<int> Rows(int block) => Enumerable.Range(0, rows).Where(r => r / blockRows == block);

        IEnumerable<int> Blocks() => Enumerable.Range(0, (rows + blockRows - 1) / blockRows);

        void Mark(int block, int c, bool isPruned)
        {
            foreach (int r in Rows(block))
            {
                pruned[r, c] = isPruned || weights[(r * columns) + c] == 0;
            }
        }

        void MarkColumnBlock(int start, int end)
        {
            var scores = Blocks().SelectMany(block => Enumerable.Range(start, end - start).Select(c => (Block: block, Column: c, Score: Score(block, c)))).ToList();
            double threshold = scores.Select(entry => entry.Score).Order().ElementAt((int)(scores.Count * ratio));
            scores.ForEach(entry => Mark(entry.Block, entry.Column, entry.Score <= threshold));
        }

        void MarkGroups(int first, NmPattern groups)
        {
            foreach (int block in Blocks())
            {
                var ordered = Enumerable.Range(first, groups.GroupSize).OrderBy(c => Score(block, c)).ToList();
                foreach (var (rank, c) in ordered.Index())
                {
                    Mark(block, c, rank < groups.PrunedPerGroup);
                }
            }
        }
    }

    private static double[,] Hessian(Tensor inputs, int columns, double damping)
    {
        const int Samples = 2;
        double[,] h = new double[columns, columns];
        for (int t = 0; t < inputs.RowCount; t++)
        {
            for (int i = 0; i < columns; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    h[i, j] += 2.0 / Samples * inputs.Row(t)[i] * inputs.Row(t)[j];
                }
            }
        }

        double mean = Enumerable.Range(0, columns).Average(i => h[i, i]);
        for (int i = 0; i < columns; i++)
        {
            h[i, i] += damping * mean;
        }

        return h;
    }

    private static double[,] Invert(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        double[,] a = (double[,])matrix.Clone();
        double[,] inverse = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            inverse[i, i] = 1;
        }

        for (int pivot = 0; pivot < size; pivot++)
        {
            double factor = 1 / a[pivot, pivot];
            for (int j = 0; j < size; j++)
            {
                a[pivot, j] *= factor;
                inverse[pivot, j] *= factor;
            }

            for (int i = 0; i < size; i++)
            {
                double multiple = a[i, pivot];
                for (int j = 0; i != pivot && j < size; j++)
                {
                    a[i, j] -= multiple * a[pivot, j];
                    inverse[i, j] -= multiple * inverse[pivot, j];
                }
            }
        }

        return inverse;
    }

    /// <summary>The upper triangle <c>U</c> with <c>matrix = Uᵀ·U</c>.</summary>
    private static double[,] Factor(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        double[,] u = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = i; j < size; j++)
            {
                double sum = matrix[i, j];
                for (int k = 0; k < i; k++)
                {
                    sum -= u[k, i] * u[k, j];
                }

                u[i, j] = i == j ? Math.Sqrt(sum) : sum / u[i, i];
            }
        }

        return u;
    }
}
