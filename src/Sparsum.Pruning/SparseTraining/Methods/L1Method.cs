using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.SparseTraining.Steps;
using Sparsum.Tensors.Optimization;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>The baseline: <c>λ·Σ|W|</c> over the weights that NeuroPrune regularises, with the same ways to a target.</summary>
[Description("The sum of magnitudes as penalty: the baseline of NeuroPrune.")]
public sealed class L1Method : ISparseMethod
{
    private readonly L1Options options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public L1Method(L1Options? options = null)
    {
        this.options = options ?? new L1Options();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "l1";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        if (context.Targets.Heads is not null)
        {
            throw new InvalidInputException("no-target", "The l1 penalty removes no heads.")
            {
                Option = "heads",
                Found = "a number of heads",
                Expected = "`sparsity`, or no target",
                Hint = "Choose neuroprune, or leave out `heads`.",
            };
        }

        double lambda = options.LambdaOf(context.Targets);
        var weights = PrunableWeights.Of(context.Model.Blocks, options.IncludeOutput ? SparsityScope.PlusOutput : SparsityScope.Regularised);
        return new SparseTrainingHook(context, options)
        {
            Fingerprint = Fingerprints.Of(this, context),
            IsSparse = true,
            Mode = options.PenaltyMode,
            LargestGain = PublishedProfile.Of(context.Task).GainOver(lambda),
            Penalties = new PenaltySchedule(
                ModelPenalty.L1(weights.Parameters, lambda, options.Epsilon, options.PenaltyMode),
                new PenaltyOptions { Epsilon = options.Epsilon, PenaltyMode = options.PenaltyMode },
                context.Backend,
                ("lambda", lambda)),
        };
    }
}

/// <summary>The settings of <see cref="L1Method"/>.</summary>
public sealed record L1Options : SparsityOptions
{
    private const double StartOfTargets = 1e-4;

    /// <summary>Factor λ of the penalty; null for 0 without a target, and with one for 1e-4, from where the run moves it.</summary>
    [Description("factor of the penalty; auto is 0 without a target, and with one 1e-4, from where the run moves it")]
    public double? Lambda { get; init; }

    /// <summary>Whether attention outputs are penalised too.</summary>
    [Description("whether attention outputs are penalised too")]
    public bool IncludeOutput { get; init; }

    /// <summary>How the penalty acts.</summary>
    [Description("how the penalty acts: coupled, clip-at-zero or proximal")]
    public PenaltyMode PenaltyMode { get; init; }

    private protected override string Method => "l1";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(IsFactor(Lambda), nameof(Lambda), Lambda, "a number of at least 0");
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ToSettings() => With(
        (nameof(Lambda), Lambda), (nameof(IncludeOutput), IncludeOutput), (nameof(PenaltyMode), PenaltyMode));

    /// <summary>λ at the start of a run.</summary>
    internal double LambdaOf(SparseTargets targets) => Lambda ?? (targets.Any ? StartOfTargets : 0);
}
