using System.ComponentModel;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.SparseTraining.Penalties;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Tensors.Optimization;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>The settings of <see cref="NeuroPruneMethod"/>; the defaults are the published ones.</summary>
public sealed record NeuroPruneOptions : SparsityOptions
{
    /// <summary>What the factors start from along the ramp.</summary>
    private const double StartOfRamp = 1e-4;

    private static readonly PenaltyOptions Penalties = new();
    private static readonly HeadEliminationOptions Elimination = new();

    /// <summary>
    /// The paper to the letter where it differs from the defaults: no compensation of value biases, cross-attention in one group.
    /// </summary>
    public static NeuroPruneOptions Literal { get; } = new()
    {
        CompensateValueBias = false,
        CrossAttentionGrouping = CrossAttentionGrouping.Joint,
        DropNeurons = false,
    };

    /// <summary>
    /// Magnitude along a ramp decides, and weak penalties only say which weights are small: a method of its own name, <c>neuroprune-ramp</c>.
    /// </summary>
    public static NeuroPruneOptions Ramp { get; } = new() { TargetMode = TargetMode.Ramp };

    /// <summary>Factor α of the attention penalty; null for the published profile of the task, from where a target moves it.</summary>
    [Description("factor of the attention penalty; auto is the published 0.01 (translation: 0.05), from where a target moves it; 1e-4 along a ramp")]
    public double? Alpha { get; init; }

    /// <summary>Factor β of the MLP penalty; null for the published profile of the task, from where a target moves it.</summary>
    [Description("factor of the MLP penalty; auto is the published 0.01 (translation: 0.1), from where a target moves it; 1e-4 along a ramp")]
    public double? Beta { get; init; }

    /// <summary>How the penalties act.</summary>
    [Description("how penalties act: coupled, clip-at-zero or proximal")]
    public PenaltyMode PenaltyMode { get; init; }

    /// <summary>Steps between refreshes of the coefficients; 0 is once per epoch.</summary>
    [Description("steps between refreshes of the coefficients; 0 is once per epoch")]
    public int CountRefreshSteps { get; init; } = Penalties.CountRefreshSteps;

    /// <summary>What a row of an MLP matrix is.</summary>
    [Description("what a row of an MLP matrix is: output-neuron or input-neuron")]
    public MlpRowAxis MlpRowAxis { get; init; }

    /// <summary>How gated MLPs are counted.</summary>
    [Description("how gated MLPs are counted: separate or joint")]
    public GatedCounts GatedCounts { get; init; }

    /// <summary>How cross-attention is grouped.</summary>
    [Description("how cross-attention is grouped: split or joint")]
    public CrossAttentionGrouping CrossAttentionGrouping { get; init; }

    /// <summary>Bounds the attention gradient of almost empty groups.</summary>
    [Description("bounds the attention gradient of almost empty groups")]
    public double GroupFloor { get; init; } = Penalties.GroupFloor;

    /// <summary>Largest difference between weights of similar heads, negative for no elimination; null for 0.15, from where a target raises it.</summary>
    [Description("largest difference between weights of similar heads; negative switches elimination off; auto is 0.15, which a target raises up to theta-most")]
    public double? Theta { get; init; }

    /// <summary>As far as a target may raise θ where it is not given.</summary>
    [Description("as far as a target may raise theta where that is auto")]
    public double ThetaMost { get; init; } = 0.25;

    /// <summary>Which of a module's heads go.</summary>
    [Description("which heads go: redundancy, importance (as many, but the least important), or both (of similar heads the most important stays)")]
    public HeadCriterion HeadCriterion { get; init; }

    /// <summary>Whether query biases count in the similarity of heads.</summary>
    [Description("whether query biases count in the similarity of heads")]
    public bool SimilarityIncludesQueryBias { get; init; }

    /// <summary>Largest difference between relative positions of similar heads (T5); null does not look.</summary>
    [Description("largest difference between relative positions of similar heads (T5); auto does not look")]
    public double? RelativeBiasTheta { get; init; }

    /// <summary>Where a redundant head is merged.</summary>
    [Description("where a redundant head is merged: attention-output, feed-forward-literal or none")]
    public HeadMergeTarget MergeTarget { get; init; }

    /// <summary>Whether the output bias takes up the difference of value biases.</summary>
    [Description("whether the output bias takes up the difference of value biases")]
    public bool CompensateValueBias { get; init; } = Elimination.CompensateValueBias;

    /// <summary>Whether heads are cut out or zeroed.</summary>
    [Description("whether heads are cut out (physical) or zeroed (mask)")]
    public HeadRemoval HeadRemoval { get; init; }

    /// <summary>Whether neurons without inputs or outputs are cut out during training.</summary>
    [Description("whether neurons without inputs or outputs are cut out during training")]
    public bool DropNeurons { get; init; } = true;

    private protected override string Method => TargetMode == TargetMode.Ramp ? "neuroprune-ramp" : "neuroprune";

    /// <summary>The name in records.</summary>
    internal string Name => Method;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(IsFactor(Alpha), nameof(Alpha), Alpha, "a number of at least 0");
        Require(IsFactor(Beta), nameof(Beta), Beta, "a number of at least 0");
        Require(CountRefreshSteps >= 0, nameof(CountRefreshSteps), CountRefreshSteps, "a whole number of at least 0");
        Require(GroupFloor is > 0 and <= double.MaxValue, nameof(GroupFloor), GroupFloor, "a number above 0");
        Require(Theta is not double.NaN, nameof(Theta), Theta, "a number; negative switches elimination off");
        Require(ThetaMost is >= 0 and <= double.MaxValue, nameof(ThetaMost), ThetaMost, "a number of at least 0");
        Require(RelativeBiasTheta is null or >= 0, nameof(RelativeBiasTheta), RelativeBiasTheta, "a number of at least 0");
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ToSettings() => With(
        (nameof(Alpha), Alpha),
        (nameof(Beta), Beta),
        (nameof(PenaltyMode), PenaltyMode),
        (nameof(CountRefreshSteps), CountRefreshSteps),
        (nameof(MlpRowAxis), MlpRowAxis),
        (nameof(GatedCounts), GatedCounts),
        (nameof(CrossAttentionGrouping), CrossAttentionGrouping),
        (nameof(GroupFloor), GroupFloor),
        (nameof(Theta), Theta),
        (nameof(ThetaMost), ThetaMost),
        (nameof(HeadCriterion), HeadCriterion),
        (nameof(SimilarityIncludesQueryBias), SimilarityIncludesQueryBias),
        (nameof(RelativeBiasTheta), RelativeBiasTheta),
        (nameof(MergeTarget), MergeTarget),
        (nameof(CompensateValueBias), CompensateValueBias),
        (nameof(HeadRemoval), HeadRemoval),
        (nameof(DropNeurons), DropNeurons));

    /// <summary>The penalties at the start of a run.</summary>
    internal PenaltyOptions Penalty(SparseTargets targets, PublishedProfile profile)
    {
        // Along the ramp everything is decided by magnitude; strong penalties from the start would only blur it.
        bool isRamp = targets.Any && TargetMode != TargetMode.Steered;
        return new()
        {
            Alpha = Alpha ?? (isRamp ? StartOfRamp : profile.Alpha),
            Beta = Beta ?? (isRamp ? StartOfRamp : profile.Beta),
            Epsilon = Epsilon,
            PenaltyMode = PenaltyMode,
            CountRefreshSteps = CountRefreshSteps,
            MlpRowAxis = MlpRowAxis,
            GatedCounts = GatedCounts,
            CrossAttentionGrouping = CrossAttentionGrouping,
            GroupFloor = GroupFloor,
        };
    }

    /// <summary>How heads are eliminated.</summary>
    internal HeadEliminationOptions Heads(PublishedProfile profile) => new()
    {
        Theta = Theta ?? profile.Theta,
        ThetaMost = Theta is null ? Math.Max(ThetaMost, profile.Theta) : null,
        Criterion = HeadCriterion,
        SimilarityIncludesQueryBias = SimilarityIncludesQueryBias,
        RelativeBiasTheta = RelativeBiasTheta ?? double.PositiveInfinity,
        MergeTarget = MergeTarget,
        CompensateValueBias = CompensateValueBias,
        HeadRemoval = HeadRemoval,
    };
}
