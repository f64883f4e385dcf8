using System.ComponentModel;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary><c>|W_rc| · ‖X_c‖</c> in float32 (Sun et al. 2024, A Simple and Effective Pruning Approach for LLMs, eq. 1).</summary>
[Description("|W| times the norm of the input feature (Sun et al. 2024)")]
public sealed class Wanda : ISaliency
{
    /// <inheritdoc/>
    public string Name => "wanda";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public RowScorer Prepare(Tensor weight, LayerStatistics? statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        return (row, scores) => RowKernels.Magnitudes(weight.Row(row), statistics.InputNorms, scores);
    }
}
