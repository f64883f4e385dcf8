using Sparsum.Pruning.Measures;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Inspection;

/// <summary>Counts the zeros and degrees of one layer.</summary>
internal static class LayerInspector
{
    /// <summary>Looks at a layer whose weight is loaded.</summary>
    public static LayerInspection Inspect(Linear linear, float epsilon)
    {
        var weight = linear.Weight.Value;
        int[] rowDegrees = new int[weight.RowCount];
        int[] columnDegrees = new int[weight.Columns];
        int[] farFromZero = new int[weight.RowCount];
        for (int r = 0; r < rowDegrees.Length; r++)
        {
            var row = weight.Row(r);
            int degree = 0;
            int far = 0;
            for (int c = 0; c < row.Length; c++)
            {
                int nonzero = row[c] != 0 ? 1 : 0;
                degree += nonzero;
                columnDegrees[c] += nonzero;
                far += Math.Abs(row[c]) < epsilon ? 0 : 1;
            }

            rowDegrees[r] = degree;
            farFromZero[r] = far;
        }

        var dense = linear.Weight.DenseShape;
        double[] percentages = new double[dense[0]];
        for (int r = 0; r < farFromZero.Length; r++)
        {
            percentages[r] = 100.0 * farFromZero[r] / dense[1];
        }

        return new LayerInspection(
            linear.Name,
            rowDegrees.Length,
            columnDegrees.Length,
            linear.Weight.DenseElements,
            weight.Length - rowDegrees.Sum(degree => (long)degree),
            weight.Length - farFromZero.Sum(far => (long)far),
            DegreeStatistics.Of(rowDegrees),
            DegreeStatistics.Of(columnDegrees),
            new Connectivity(percentages));
    }
}
