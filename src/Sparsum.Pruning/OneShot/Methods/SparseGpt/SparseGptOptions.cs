using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

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
