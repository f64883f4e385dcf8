using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining.Steps;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// Gradual magnitude pruning (Zhu and Gupta 2018): the ramp to a sparsity without any penalty. It shows what penalties add.
/// </summary>
public sealed class MagnitudeMethod : ISparseMethod
{
    private readonly SparsitySettings settings = new("magnitude");

    /// <inheritdoc/>
    public string Name => "magnitude";

    /// <inheritdoc/>
    public string Description => "Gradual magnitude pruning to --sparsity, without penalties.";

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => settings.All;

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Sparsity is null || context.Targets.Heads is not null)
        {
            throw new InvalidInputException("no-target", "Gradual magnitude pruning goes to a sparsity.")
            {
                File = "--sparsity",
                Found = context.Targets.Sparsity is null ? "no sparsity" : "a number of heads",
                Expected = "--sparsity alone",
            };
        }

        return new SparseTrainingHook(context, settings.Read(context.Settings))
        {
            Fingerprint = Fingerprints.Of(this, context),
            IsSparse = true,
        };
    }
}
