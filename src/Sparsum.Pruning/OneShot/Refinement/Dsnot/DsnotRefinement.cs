using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>
/// Dynamic Sparse No Training (Zhang et al. 2024): in each row, pruned weights are exchanged for kept ones as long as that brings the
/// row's expected output closer to that of the dense row.
/// </summary>
public sealed class DsnotRefinement : IMaskRefinement
{
    /// <inheritdoc/>
    public string Name => "dsnot";

    /// <inheritdoc/>
    public string Description => "exchange pruned and kept weights of a row to restore its mean output (Zhang et al. 2024)";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => DsnotOptions.Settings;

    /// <inheritdoc/>
    public ILayerPruner Create(PruneOptions options, ISaliency initial)
    {
        if (options.BlockRows != 1)
        {
            throw new InvalidInputException("conflicting-options", "DSnoT exchanges the weights of single rows.")
            {
                File = "--block-rows",
                Found = FormattableString.Invariant($"{options.BlockRows} together with --refine dsnot"),
                Hint = "Leave out --block-rows or --refine.",
            };
        }

        return new DsnotPruner(DsnotOptions.Read(new MethodSettings(options.Settings)), initial, options.Granularity);
    }
}
