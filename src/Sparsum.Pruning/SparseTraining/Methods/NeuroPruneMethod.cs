using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.SparseTraining.Steps;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// NeuroPrune (Dhurandhar et al. 2024): penalties that make poorly connected neurons poorer and attention read few inputs, and redundant
/// heads that go after every epoch. Targets, which the paper reaches by a grid over α and β, are beyond it: α, β and θ are steered towards
/// them within one run.
/// </summary>
[Description("Topological penalties on attention and MLP, and elimination of redundant heads; without a target the published method.")]
public sealed class NeuroPruneMethod : ISparseMethod
{
    private readonly NeuroPruneOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public NeuroPruneMethod(NeuroPruneOptions? options = null)
    {
        this.options = options ?? new NeuroPruneOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public TrainingRecipe? RecipeFor(string task) => PublishedProfile.Of(task).Recipe;

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        var profile = PublishedProfile.Of(context.Task);
        var penalty = options.Penalty(context.Targets, profile);
        return new SparseTrainingHook(context, options)
        {
            Fingerprint = Fingerprints.Of(this, context),
            IsSparse = true,
            Mode = options.PenaltyMode,
            Penalties = new PenaltySchedule(
                ModelPenalty.NeuroPrune(context.Model.Blocks, penalty),
                penalty,
                context.Backend,
                ("alpha", penalty.Alpha),
                ("beta", penalty.Beta)),
            HeadSchedule = HeadSchedule.Create(context.Model, options.Heads(profile), context.Targets),
            DropsNeurons = options.DropNeurons,
            LargestGain = profile.GainOver(Math.Max(penalty.Alpha, penalty.Beta)),
        };
    }
}
