using Sparsum.Tensors;

namespace Sparsum.Pruning.Inspection.Pictures;

/// <summary>
/// A picture of where a matrix is not near zero: black where all weights under a pixel are at least ε, white where none is, in between the
/// share. A pixel stands for a square of weights as soon as the matrix is larger than the picture may be.
/// </summary>
public sealed class SparsityMap
{
    /// <summary>Most pixels from side to side.</summary>
    public const int LargestSide = 1024;

    private readonly int[] counts;
    private readonly int scale;
    private readonly int width;
    private readonly int height;

    /// <summary>An empty map.</summary>
    /// <param name="rows">Rows of the matrix, from the top.</param>
    /// <param name="columns">Columns, from the left.</param>
    /// <param name="largestSide">Most pixels from side to side.</param>
    public SparsityMap(int rows, int columns, int largestSide = LargestSide)
    {
        Rows = rows;
        Columns = columns;
        scale = Math.Max(1, (Math.Max(rows, columns) + largestSide - 1) / largestSide);
        width = (columns + scale - 1) / scale;
        height = (rows + scale - 1) / scale;
        counts = new int[width * height];
    }

    /// <summary>Rows of the matrix.</summary>
    public int Rows { get; }

    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>Weights along the side of a pixel.</summary>
    public int Scale => scale;

    /// <summary>Adds the weights of a part of the matrix that are not near zero.</summary>
    /// <param name="weight">The part.</param>
    /// <param name="epsilon">Magnitude below which a weight is near zero.</param>
    /// <param name="place">Row and column in the whole of each row and column of the part.</param>
    public void Add(Tensor weight, double epsilon, Func<int, int, (int Row, int Column)> place)
    {
        for (int r = 0; r < weight.RowCount; r++)
        {
            var row = weight.Row(r);
            for (int c = 0; c < row.Length; c++)
            {
                if (Math.Abs(row[c]) >= (float)epsilon)
                {
                    var (y, x) = place(r, c);
                    counts[(y / scale * width) + (x / scale)]++;
                }
            }
        }
    }

    /// <summary>The picture.</summary>
    public GrayImage Draw()
    {
        var image = new GrayImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int covered = Math.Min(scale, Rows - (y * scale)) * Math.Min(scale, Columns - (x * scale));
                image.Pixels[(y * width) + x] = (byte)(255 - (255 * counts[(y * width) + x] / covered));
            }
        }

        return image;
    }
}
