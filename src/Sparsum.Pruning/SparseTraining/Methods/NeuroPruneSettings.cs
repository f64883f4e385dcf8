using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Tensors.Optimization;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>The settings of NeuroPrune besides those of every method; the defaults are the paper's.</summary>
internal sealed class NeuroPruneSettings
{
    private const double DefaultFactorOfTargets = 1e-4;
    private static readonly PenaltyOptions Penalty = new();
    private static readonly HeadEliminationOptions Heads = new();

    private readonly MethodSetting alpha = Of("alpha", "auto", "Factor α of the attention penalty; auto is 0 without a target and 1e-4 with one.");
    private readonly MethodSetting beta = Of("beta", "auto", "Factor β of the MLP penalty; auto is 0 without a target and 1e-4 with one.");
    private readonly MethodSetting penaltyMode = Of("penaltyMode", Penalty.PenaltyMode, "How penalties act: coupled, clipAtZero or proximal.");
    private readonly MethodSetting countRefreshSteps = Of(
        "countRefreshSteps", Penalty.CountRefreshSteps, "Steps between refreshes of the coefficients; 0 is once per epoch.");

    private readonly MethodSetting mlpRowAxis = Of("mlpRowAxis", Penalty.MlpRowAxis, "What a row of an MLP matrix is: outputNeuron or inputNeuron.");
    private readonly MethodSetting gatedCounts = Of("gatedCounts", Penalty.GatedCounts, "How gated MLPs are counted: separate or joint.");
    private readonly MethodSetting crossAttentionGrouping = Of(
        "crossAttentionGrouping", Penalty.CrossAttentionGrouping, "How cross-attention is grouped: split or joint.");

    private readonly MethodSetting groupFloor = Of("groupFloor", Penalty.GroupFloor, "Bounds the attention gradient of almost empty groups.");
    private readonly MethodSetting theta = Of("theta", Heads.Theta, "Largest difference between weights of similar heads; negative switches elimination off.");
    private readonly MethodSetting includesQueryBias = Of(
        "similarityIncludesQueryBias", Heads.SimilarityIncludesQueryBias, "Whether query biases count in the similarity of heads.");

    private readonly MethodSetting relativeBiasTheta = Of(
        "relativeBiasTheta", "infinity", "Largest difference between relative positions of similar heads (T5); infinity does not look.");

    private readonly MethodSetting mergeTarget = Of(
        "mergeTarget", Heads.MergeTarget, "Where a redundant head is merged: attentionOutput, feedForwardLiteral or none.");

    private readonly MethodSetting compensateValueBias = Of(
        "compensateValueBias", Heads.CompensateValueBias, "Whether the output bias takes up the difference of value biases.");

    private readonly MethodSetting headRemoval = Of("headRemoval", Heads.HeadRemoval, "Whether heads are cut out (physical) or zeroed (mask).");

    /// <summary>Whether neurons that do nothing are cut out.</summary>
    public MethodSetting DropNeurons { get; } = Of("dropNeurons", true, "Whether neurons without inputs or outputs are cut out during training.");

    public IReadOnlyList<MethodSetting> All =>
    [
        alpha, beta, penaltyMode, countRefreshSteps, mlpRowAxis, gatedCounts, crossAttentionGrouping, groupFloor, theta, includesQueryBias,
        relativeBiasTheta, mergeTarget, compensateValueBias, headRemoval, DropNeurons,
    ];

    /// <summary>The penalties of a run.</summary>
    /// <param name="settings">What was given.</param>
    /// <param name="epsilon">What counts as near zero.</param>
    /// <param name="hasTarget">Whether the run steers the factors by itself.</param>
    public PenaltyOptions ReadPenalty(MethodSettings settings, double epsilon, bool hasTarget) => new()
    {
        Alpha = settings.NumberOrAuto(alpha, hasTarget ? DefaultFactorOfTargets : 0),
        Beta = settings.NumberOrAuto(beta, hasTarget ? DefaultFactorOfTargets : 0),
        Epsilon = epsilon,
        PenaltyMode = settings.Choice<PenaltyMode>(penaltyMode),
        CountRefreshSteps = settings.Integer(countRefreshSteps, 0),
        MlpRowAxis = settings.Choice<MlpRowAxis>(mlpRowAxis),
        GatedCounts = settings.Choice<GatedCounts>(gatedCounts),
        CrossAttentionGrouping = settings.Choice<CrossAttentionGrouping>(crossAttentionGrouping),
        GroupFloor = settings.Number(groupFloor, double.Epsilon),
    };

    public HeadEliminationOptions ReadHeads(MethodSettings settings) => new()
    {
        Theta = settings.Number(theta),
        SimilarityIncludesQueryBias = settings.Flag(includesQueryBias),
        RelativeBiasTheta = settings.Text(relativeBiasTheta) == relativeBiasTheta.DefaultValue
            ? double.PositiveInfinity
            : settings.Number(relativeBiasTheta, 0),
        MergeTarget = settings.Choice<HeadMergeTarget>(mergeTarget),
        CompensateValueBias = settings.Flag(compensateValueBias),
        HeadRemoval = settings.Choice<HeadRemoval>(headRemoval),
    };

    private static MethodSetting Of(string name, object defaultValue, string description) => Setting.Of("neuroprune", name, defaultValue, description);
}
