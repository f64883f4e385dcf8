using System.ComponentModel;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary><c>|W|</c> (Han et al. 2015).</summary>
[Description("|W|; needs no data (Han et al. 2015)")]
public sealed class Magnitude : ISaliency
{
    /// <inheritdoc/>
    public string Name => "magnitude";

    /// <inheritdoc/>
    public bool NeedsCalibration => false;

    /// <inheritdoc/>
    public RowScorer Prepare(Tensor weight, LayerStatistics? statistics) =>
        (row, scores) => RowKernels.Magnitudes(weight.Row(row), scores);
}
