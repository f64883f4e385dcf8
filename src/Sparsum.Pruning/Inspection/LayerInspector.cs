using Sparsum.Pruning.Measures;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Inspection;

/// <summary>Counts the zeros and degrees of one layer.</summary>
internal static class LayerInspector
{
    /// <summary>Looks at a layer whose weight is loaded.</summary>
    public static LayerInspection Inspect(Linear linear, float epsilon)
    {
        var weight = linear.Weight.Value;
        var (rowDegrees, columnDegrees) = Zeros.Degrees(weight);
        var dense = linear.Weight.DenseShape;
        double[] percentages = new double[dense[0]];
        long nearZeros = 0;
        for (int r = 0; r < rowDegrees.Length; r++)
        {
            int near = Zeros.CountBelow(weight.Row(r), epsilon);
            percentages[r] = 100.0 * (weight.Columns - near) / dense[1];
            nearZeros += near;
        }

        return new LayerInspection(
            linear.Name,
            rowDegrees.Length,
            columnDegrees.Length,
            linear.Weight.DenseElements,
            weight.Length - rowDegrees.Sum(degree => (long)degree),
            nearZeros,
            DegreeStatistics.Of(rowDegrees),
            DegreeStatistics.Of(columnDegrees),
            new Connectivity(percentages));
    }
}
