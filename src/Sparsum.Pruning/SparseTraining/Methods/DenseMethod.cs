using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Steps;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>Plain training: what every method is compared with. Zeros that the model comes with can be kept.</summary>
[Description("Plain training; with lock-zeros the zeros that the model has stay.")]
public sealed class DenseMethod : ISparseMethod
{
    private readonly DenseOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    public DenseMethod(DenseOptions? options = null) => this.options = options ?? new DenseOptions();

    /// <inheritdoc/>
    public string Name => "dense";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Any)
        {
            throw new InvalidInputException("no-target", "Plain training has no target.")
            {
                Option = context.Targets.Sparsity is null ? "heads" : "sparsity",
                Found = $"`{(context.Targets.Sparsity is null ? "heads" : "sparsity")}` with `method dense`",
                Expected = "a method that makes sparse",
                Hint = "Choose another `method`, such as neuroprune, or leave out the target.",
            };
        }

        return new SparseTrainingHook(context, new MagnitudeOptions { LockZeros = options.LockZeros })
        {
            Fingerprint = Fingerprints.Of(this, context),
        };
    }
}

/// <summary>The settings of <see cref="DenseMethod"/>.</summary>
public sealed record DenseOptions : IMethodOptions
{
    /// <summary>Whether weights that are exactly zero stay zero.</summary>
    [Description("whether weights that are zero stay zero")]
    public bool LockZeros { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(LockZeros), LockZeros));
}
