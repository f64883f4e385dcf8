using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>
/// <c>W_rc² / U_cc²</c> with <c>H⁻¹ = Uᵀ·U</c>: the error that pruning a weight costs when those of later columns make up for it (Frantar
/// and Alistarh 2023, SparseGPT). Weights of features that were always 0 cost nothing.
/// </summary>
/// <param name="damping">Damping of the Hessian, as a share of the mean of its diagonal.</param>
internal sealed class InverseHessianSaliency(double damping) : ISaliency
{
    /// <inheritdoc/>
    public string Name => "sparsegpt";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public StatisticKinds Needs => StatisticKinds.Squares | StatisticKinds.Hessian;

    /// <inheritdoc/>
    public RowScorer Prepare(Tensor weight, LayerStatistics? statistics)
    {
        var hessian = statistics?.Hessian ?? throw new ArgumentException("This score needs a Hessian.", nameof(statistics));
        var factor = hessian.Invert(damping);
        float[] costs = [.. Enumerable.Range(0, factor.Size).Select(c => Cost(hessian, factor, c))];
        return (row, scores) =>
        {
            TensorPrimitives.Multiply(weight.Row(row), weight.Row(row), scores);
            TensorPrimitives.Multiply(scores, costs, scores);
        };
    }

    private static float Cost(InputHessian hessian, InverseFactor factor, int column) =>
        hessian.Diagonal[column] == 0 ? 0 : (float)(1 / (factor.Row(column)[0] * factor.Row(column)[0]));
}
