using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.SparseTraining.Steps;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// NeuroPrune (Dhurandhar et al. 2024): penalties that make poorly connected neurons poorer and attention read few inputs, and redundant
/// heads that go after every epoch. Targets, which the paper reaches by a grid over α and β, are beyond it.
/// </summary>
public sealed class NeuroPruneMethod : ISparseMethod
{
    private readonly NeuroPruneSettings own = new();
    private readonly SparsitySettings shared = new("neuroprune");

    /// <inheritdoc/>
    public string Name => "neuroprune";

    /// <inheritdoc/>
    public string Description => "Topological penalties on attention and MLP, and elimination of redundant heads.";

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => [.. own.All, .. shared.All];

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        var options = shared.Read(context.Settings);
        var penalty = own.ReadPenalty(context.Settings, options.Epsilon, context.Targets.Any);
        return new SparseTrainingHook(context, options)
        {
            Fingerprint = Fingerprints.Of(this, context),
            IsSparse = true,
            Mode = penalty.PenaltyMode,
            Penalties = new PenaltySchedule(
                ModelPenalty.NeuroPrune(context.Model.Blocks, penalty),
                penalty,
                context.Backend,
                ("alpha", penalty.Alpha),
                ("beta", penalty.Beta)),
            HeadSchedule = HeadSchedule.Create(context.Model, own.ReadHeads(context.Settings), context.Targets),
            DropsNeurons = context.Settings.Flag(own.DropNeurons),
        };
    }
}
