using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

/// <summary>
/// SparseGPT (Frantar and Alistarh 2023, Massive Language Models Can Be Accurately Pruned in One-Shot): weights are pruned column by column
/// and those not yet visited are changed so that they make up for the error.
/// </summary>
public sealed class SparseGptMethod : IPruningMethod
{
    /// <summary>What is added to the diagonal of the Hessian.</summary>
    internal static readonly MethodSetting Damping = new(
        "sparsegpt.damping", "0.01", "added to the diagonal of the Hessian, as a share of its mean; 10 times more when that is not enough");

    /// <summary>Columns of a comparison group.</summary>
    internal static readonly MethodSetting BlockSize = new(
        "sparsegpt.block-size", "128", "columns that are compared, over all rows, and pruned before the others are updated");

    /// <inheritdoc/>
    public string Name => "sparsegpt";

    /// <inheritdoc/>
    public string Description => "second-order pruning that updates the weights that stay (Frantar and Alistarh 2023)";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool TakesRowRatios => false;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => [Damping, BlockSize];

    /// <inheritdoc/>
    public ISaliency InitialScores(PruneOptions options) => new InverseHessianSaliency(ReadDamping(options));

    /// <inheritdoc/>
    public ILayerPruner Create(PruneOptions options)
    {
        if (options.Granularity != Granularity.Row)
        {
            throw new InvalidInputException("conflicting-options", "SparseGPT compares the weights of some columns over all rows.")
            {
                File = "--granularity",
                Found = $"{options.Granularity} together with sparsegpt",
                Hint = "Leave out --granularity; sparsegpt.block-size is the number of columns.",
            };
        }

        int blockSize = new MethodSettings(options.Settings).Integer(BlockSize, least: 1);
        if (options.Pattern is { } pattern && blockSize % pattern.GroupSize != 0)
        {
            throw new MethodSettings(options.Settings).Invalid(BlockSize, $"a multiple of {pattern.GroupSize}, the group of the pattern {pattern}");
        }

        return new SparseGptPruner(ReadDamping(options), blockSize, options.BlockRows);
    }

    private static double ReadDamping(PruneOptions options) => new MethodSettings(options.Settings).Number(Damping, least: 0, most: 1);
}
