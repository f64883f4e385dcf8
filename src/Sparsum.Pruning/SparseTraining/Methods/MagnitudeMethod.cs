using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Steps;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// Gradual magnitude pruning (Zhu and Gupta 2018): the ramp to a sparsity without any penalty. It shows what penalties add.
/// </summary>
[Description("Gradual magnitude pruning to a sparsity, without penalties.")]
public sealed class MagnitudeMethod : ISparseMethod
{
    private readonly MagnitudeOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public MagnitudeMethod(MagnitudeOptions? options = null)
    {
        this.options = options ?? new MagnitudeOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "magnitude";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Sparsity is null || context.Targets.Heads is not null)
        {
            throw new InvalidInputException("no-target", "Gradual magnitude pruning goes to a sparsity.")
            {
                Option = "sparsity",
                Found = context.Targets.Sparsity is null ? "no sparsity" : "a number of heads",
                Expected = "`sparsity` alone",
            };
        }

        return new SparseTrainingHook(context, options) { Fingerprint = Fingerprints.Of(this, context), IsSparse = true };
    }
}

/// <summary>The settings of <see cref="MagnitudeMethod"/>.</summary>
public sealed record MagnitudeOptions : SparsityOptions
{
    private protected override string Method => "magnitude";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ToSettings() => With();
}
