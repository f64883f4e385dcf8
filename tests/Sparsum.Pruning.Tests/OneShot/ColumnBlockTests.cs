using Sparsum.Pruning.OneShot.Methods.SparseGpt;
using Sparsum.Tensors;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class ColumnBlockTests
{
    private const int Width = 7;

    [Theory]
    [InlineData(5, 1, 0)]
    [InlineData(131, 1, 0)]
    [InlineData(131, 1, 0.3)]
    [InlineData(131, 3, 0.3)]
    [InlineData(64, 4, 0)]
    [InlineData(131, 70, 0.1)]
    public void What_is_pruned_follows_from_scores_as_they_are_written_down(int rows, int blockRows, double zeros)
    {
        using var columns = Numbers.Random(rows, Width, rows);
        using var errors = Tensor.Allocate(Width, rows);
        using var random = Numbers.Random(2, Width, Width);
        var draws = new Random(3);
        bool[] wasZero = [.. Enumerable.Range(0, Width * rows).Select(_ => draws.NextDouble() < zeros)];
        double[][] factor = [.. Enumerable.Range(0, Width).Select(i => random.Row(i)[i..].ToArray().Select((value, j) => j == 0 ? 1.1 + value : value).ToArray())];
        int blocks = (rows + blockRows - 1) / blockRows;
        float[] scores = [.. Enumerable.Range(0, Width * blocks).Select(place => Score(place / blocks, place % blocks))];
        float threshold = scores.Order().ElementAt((int)(scores.Length * 0.6));
        bool[] expected = [.. Enumerable.Range(0, Width * rows).Select(place =>
            wasZero[place] || scores[(place / rows * blocks) + (place % rows / blockRows)] <= threshold)];

        new ColumnBlock(columns, errors, factor) { WasZero = zeros == 0 ? default : wasZero, BlockRows = blockRows, Threads = 2 }.Prune(0.6);

        Assert.Equal(expected, columns.ToArray().Select(value => value == 0));

        float Score(int column, int block)
        {
            double cost = 1 / (factor[column][0] * factor[column][0]);
            double sum = 0;
            int end = Math.Min(rows, (block + 1) * blockRows);
            for (int row = block * blockRows; row < end; row++)
            {
                double value = columns.Row(column)[row];
                sum += wasZero[(column * rows) + row] ? 0 : value * value;
            }

            return (float)(sum * cost / (end - (block * blockRows)));
        }
    }
}
