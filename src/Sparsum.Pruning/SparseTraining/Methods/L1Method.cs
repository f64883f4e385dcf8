using Sparsum.Core;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.SparseTraining.Steps;
using Sparsum.Tensors.Optimization;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>The baseline: <c>λ·Σ|W|</c> over the weights that NeuroPrune regularises, with the same ways to a target.</summary>
public sealed class L1Method : ISparseMethod
{
    private const double DefaultLambdaOfTargets = 1e-4;
    private readonly MethodSetting lambda = Setting.Of("l1", "lambda", "auto", "Factor λ of the penalty; auto is 0 without --sparsity and 1e-4 with it.");
    private readonly MethodSetting includeOutput = Setting.Of("l1", "includeOutput", false, "Whether attention outputs are penalised too.");
    private readonly MethodSetting penaltyMode = Setting.Of("l1", "penaltyMode", PenaltyMode.Coupled, "How the penalty acts: coupled, clipAtZero or proximal.");
    private readonly SparsitySettings settings = new("l1");

    /// <inheritdoc/>
    public string Name => "l1";

    /// <inheritdoc/>
    public string Description => "The sum of magnitudes as penalty: the baseline of NeuroPrune.";

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => [lambda, includeOutput, penaltyMode, .. settings.All];

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Heads is not null)
        {
            throw new InvalidInputException("no-target", "The l1 penalty removes no heads.")
            {
                File = "--heads",
                Found = "a number of heads",
                Expected = "--sparsity, or no target",
                Hint = "Choose neuroprune, or leave out --heads.",
            };
        }

        var options = settings.Read(context.Settings);
        var mode = context.Settings.Choice<PenaltyMode>(penaltyMode);
        double factor = context.Settings.NumberOrAuto(lambda, context.Targets.Sparsity is null ? 0 : DefaultLambdaOfTargets);
        var weights = PrunableWeights.Of(
            context.Model.Blocks, context.Settings.Flag(includeOutput) ? SparsityScope.PlusOutput : SparsityScope.Regularised);
        return new SparseTrainingHook(context, options)
        {
            Fingerprint = Fingerprints.Of(this, context),
            IsSparse = true,
            Mode = mode,
            Penalties = new PenaltySchedule(
                ModelPenalty.L1(weights.Parameters, factor, options.Epsilon, mode),
                new PenaltyOptions { Epsilon = options.Epsilon, PenaltyMode = mode },
                context.Backend,
                ("lambda", factor)),
        };
    }
}
