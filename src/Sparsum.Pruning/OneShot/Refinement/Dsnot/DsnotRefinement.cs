using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>
/// Dynamic Sparse No Training (Zhang et al. 2024): in each row, pruned weights are exchanged for kept ones as long as that brings the
/// row's expected output closer to that of the dense row.
/// </summary>
[Description("exchange pruned and kept weights of a row to restore its mean output (Zhang et al. 2024)")]
public sealed class DsnotRefinement : IMaskRefinement
{
    private readonly DsnotOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public DsnotRefinement(DsnotOptions? options = null)
    {
        this.options = options ?? new DsnotOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "dsnot";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public ILayerPruner Create(ISaliency initial, MaskOptions masks)
    {
        if (masks.BlockRows != 1)
        {
            throw new InvalidInputException("conflicting-options", "DSnoT exchanges the weights of single rows.")
            {
                Option = "block-rows",
                Found = FormattableString.Invariant($"{masks.BlockRows} together with `refine dsnot`"),
                Hint = "Leave out `block-rows` or `refine`.",
            };
        }

        return new DsnotPruner(options, initial, masks.Granularity);
    }
}
