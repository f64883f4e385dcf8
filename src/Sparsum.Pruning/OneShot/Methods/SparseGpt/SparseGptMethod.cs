using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

/// <summary>
/// SparseGPT (Frantar and Alistarh 2023, Massive Language Models Can Be Accurately Pruned in One-Shot): weights are pruned column by column
/// and those not yet visited are changed so that they make up for the error.
/// </summary>
[Description("second-order pruning that updates the weights that stay (Frantar and Alistarh 2023)")]
public sealed class SparseGptMethod : IQuantizingMethod
{
    private readonly SparseGptOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public SparseGptMethod(SparseGptOptions? options = null)
    {
        this.options = options ?? new SparseGptOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "sparsegpt";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool TakesRowRatios => false;

    /// <inheritdoc/>
    public ISaliency InitialScores => new InverseHessianSaliency(options.Damping);

    /// <inheritdoc/>
    public ILayerPruner Create(MaskOptions masks) => CreatePruner(masks, null);

    /// <inheritdoc/>
    public ILayerPruner Create(MaskOptions masks, WeightQuantization quantization)
    {
        SettingText.Require(
            quantization.GroupSize is not { } size || options.BlockSize % size == 0 || size % options.BlockSize == 0,
            "sparsegpt.block-size",
            options.BlockSize,
            $"a multiple or a divisor of {quantization.GroupSize}, the group size");
        return CreatePruner(masks, quantization);
    }

    private SparseGptPruner CreatePruner(MaskOptions masks, WeightQuantization? quantization)
    {
        if (masks.Granularity != Granularity.Row)
        {
            throw new InvalidInputException("conflicting-options", "SparseGPT compares the weights of some columns over all rows.")
            {
                Option = "granularity",
                Found = $"{masks.Granularity} together with sparsegpt",
                Hint = "Leave out `granularity`; sparsegpt.block-size is the number of columns.",
            };
        }

        SettingText.Require(
            masks.Pattern is not { } pattern || options.BlockSize % pattern.GroupSize == 0,
            "sparsegpt.block-size",
            options.BlockSize,
            $"a multiple of {masks.Pattern?.GroupSize}, the group of the pattern {masks.Pattern}");
        return new SparseGptPruner(options.Damping, options.BlockSize, masks.BlockRows, quantization);
    }
}

/// <summary>The settings of <see cref="SparseGptMethod"/>.</summary>
public sealed record SparseGptOptions : IMethodOptions
{
    /// <summary>What is added to the diagonal of the Hessian, as a share of its mean, from 0 to 1.</summary>
    [Description("added to the diagonal of the Hessian, as a share of its mean; 10 times more when that is not enough")]
    public double Damping { get; init; } = 0.01;

    /// <summary>Columns of a comparison group.</summary>
    [Description("columns that are compared, over all rows, and pruned before the others are updated")]
    public int BlockSize { get; init; } = 128;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(Damping is >= 0 and <= 1, "sparsegpt.damping", Damping, "a number from 0 to 1");
        SettingText.Require(BlockSize >= 1, "sparsegpt.block-size", BlockSize, "a whole number of at least 1");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(Damping), Damping), (nameof(BlockSize), BlockSize));
}
