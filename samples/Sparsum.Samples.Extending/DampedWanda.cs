using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Samples.Extending;

/// <summary>A saliency: <c>|W_rc| · √‖X_c‖</c>, a score between magnitude and Wanda.</summary>
public sealed class DampedWanda : ISaliency
{
    /// <inheritdoc/>
    public string Name => "damped-wanda";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public RowScorer Prepare(Tensor weight, LayerStatistics? statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        var roots = new float[weight.Columns];
        TensorPrimitives.Sqrt(statistics.InputNorms, roots);
        return (row, scores) =>
        {
            TensorPrimitives.Abs(weight.Row(row), scores);
            TensorPrimitives.Multiply(scores, roots, scores);
        };
    }
}
