using System.ComponentModel;
using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The settings of <see cref="NeuronAlAllocation"/>: what is searched, and how.</summary>
public sealed record NeuronAlOptions : IMethodOptions
{
    /// <summary>The choices of the authors' code.</summary>
    public static NeuronAlOptions Published { get; } = new() { LambdaFilter = false, SparsegptProfile = SparseGptProfile.Harmonic };

    /// <summary>What is searched; null for both, or for blocks alone where rows cannot have ratios of their own.</summary>
    [Description("both, block or row; auto is block where rows cannot have ratios of their own (SparseGPT, patterns, layer granularity)")]
    public NeuronAlStep? Step { get; init; }

    /// <summary>Calibration sequences that candidates are tried on, the first of all.</summary>
    [Description("calibration sequences that candidates are tried on, the first of all")]
    public int Samples { get; init; } = 8;

    /// <summary>
    /// Of these sequences, how many all candidates of a step are tried on first: the best three alone are then tried on all. A step costs less
    /// than half, and where candidates are close it may choose another than the published rule would. 0 tries all on all.
    /// </summary>
    [Description("sequences that all candidates are tried on first, the best three on all: cheaper, not the published rule; 0 is off")]
    public int ScreenSamples { get; init; }

    /// <summary>What the block step tries; 0.25 of the default list is left out from a sparsity of 0.8 on.</summary>
    [Description("what the block step tries, by commas; 0.25 is left out from a sparsity of 0.8 on")]
    public IReadOnlyList<double> BlockLambdas { get; init; } = LambdaSets.Default;

    /// <summary>How ratios rise from the first block to the last.</summary>
    [Description("linear, exponential or logarithmic: how ratios rise from the first block to the last")]
    public DepthShape Schedule { get; init; }

    /// <summary>What the row step tries.</summary>
    [Description("what the row step tries, by commas")]
    public IReadOnlyList<double> RowLambdas { get; init; } = [0, .. LambdaSets.Default];

    /// <summary>What candidates are compared with.</summary>
    [Description("local: dense blocks behind the candidate's pruned ones; global: the dense model, once")]
    public DenseReference DenseReference { get; init; }

    /// <summary>What of a channel's change counts.</summary>
    [Description("signed or absolute change of a row's channel")]
    public RowSignal RowSignal { get; init; }

    /// <summary>Which count of a row is rounded down.</summary>
    [Description("floor-kept or floor-pruned: which count of a row is rounded down")]
    public RowRounding RowRounding { get; init; }

    /// <summary>Whether the block step passes over lambdas that reach beyond 0 or 1.</summary>
    [Description("whether the block step passes over lambdas that reach beyond 0 or 1")]
    public bool LambdaFilter { get; init; } = true;

    /// <summary>How sequences enter the profiles of a method that gathers Hessians.</summary>
    [Description("plain, or harmonic to weigh sequence n by 1/n as the published code does with SparseGPT")]
    public SparseGptProfile SparsegptProfile { get; init; }

    /// <summary>The rule for rows of q, k and v where heads share keys and values.</summary>
    [Description("rows of q, k, v where heads share keys: base (the block's ratio), query or literal")]
    public GroupedHeads GroupedHeads { get; init; }

    /// <summary>How the candidates' hidden states are kept.</summary>
    [Description("float32 or bfloat16 for the candidates' hidden states; bfloat16 takes half the memory")]
    public HiddenStateType HiddenStates { get; init; }

    /// <summary>A text or JSON lines file on which every candidate's perplexity is reported too; null for none.</summary>
    [Description("a text or JSON lines file: also report every candidate's perplexity on it")]
    public string? Perplexity { get; init; }

    /// <summary>How many windows of that file, as long as the calibration sequences; 0 for all.</summary>
    [Description("how many windows of that file, as long as the calibration sequences; 0 for all")]
    public int PerplexityWindows { get; init; } = 16;

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(Samples >= 1, "neuronal.samples", Samples, "a whole number of at least 1");
        SettingText.Require(ScreenSamples >= 0 && ScreenSamples < Samples, "neuronal.screen-samples", ScreenSamples, "0, or a whole number below neuronal.samples");
        RequireLambdas(BlockLambdas, "neuronal.block-lambdas");
        RequireLambdas(RowLambdas, "neuronal.row-lambdas");
        SettingText.Require(PerplexityWindows >= 0, "neuronal.perplexity-windows", PerplexityWindows, "a whole number of at least 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Step), Step),
        (nameof(Samples), Samples),
        (nameof(ScreenSamples), ScreenSamples),
        (nameof(BlockLambdas), BlockLambdas),
        (nameof(Schedule), Schedule),
        (nameof(RowLambdas), RowLambdas),
        (nameof(DenseReference), DenseReference),
        (nameof(RowSignal), RowSignal),
        (nameof(RowRounding), RowRounding),
        (nameof(LambdaFilter), LambdaFilter),
        (nameof(SparsegptProfile), SparsegptProfile),
        (nameof(GroupedHeads), GroupedHeads),
        (nameof(HiddenStates), HiddenStates),
        (nameof(Perplexity), Perplexity ?? SettingText.None),
        (nameof(PerplexityWindows), PerplexityWindows));

    private static void RequireLambdas(IReadOnlyList<double> lambdas, string setting) => SettingText.Require(
        lambdas.Count > 0 && lambdas.All(lambda => lambda is >= 0 and < 1), setting, lambdas, "numbers from 0 to below 1, separated by commas");
}

/// <summary>What is searched.</summary>
public enum NeuronAlStep
{
    /// <summary>A ratio per block, then ratios per row around it.</summary>
    Both,

    /// <summary>A ratio per block.</summary>
    Block,

    /// <summary>Ratios per row around the target.</summary>
    Row,
}

/// <summary>Which dense activations a candidate's are compared with.</summary>
public enum DenseReference
{
    /// <summary>Those of the dense block on what the candidate's pruned blocks before it gave, as the authors' code does.</summary>
    Local,

    /// <summary>
    /// Those of the dense model, computed once, which also score the weights: the paper's Algorithm 1. A candidate costs one pass through a
    /// block instead of two.
    /// </summary>
    Global,
}

/// <summary>What of a channel's change decides how dense the row that feeds it becomes.</summary>
public enum RowSignal
{
    /// <summary>Dense minus sparse: rows whose channel shrank become denser, rows whose channel grew sparser.</summary>
    Signed,

    /// <summary>Its magnitude: rows whose channel changed become denser.</summary>
    Absolute,
}

/// <summary>How sequences enter the profiles of a method that gathers Hessians.</summary>
public enum SparseGptProfile
{
    /// <summary>All alike.</summary>
    Plain,

    /// <summary>The <c>n</c>-th with weight <c>1/n</c>, as happens in the authors' code, whose profiles see inputs scaled for the Hessian.</summary>
    Harmonic,
}

/// <summary>What the row step does with an attention whose query heads share keys and values.</summary>
public enum GroupedHeads
{
    /// <summary>Queries, keys and values keep the block's ratio: the authors' rule for Mistral.</summary>
    Base,

    /// <summary>Queries follow their channels; keys and values, which have none of their own, keep the block's ratio.</summary>
    Query,

    /// <summary>
    /// Keys and values take the first of the queries' ratios, whatever channels these belong to: what the authors' rule for LLaMA does.
    /// </summary>
    Literal,
}

/// <summary>How the hidden states of candidates are kept between blocks.</summary>
public enum HiddenStateType
{
    /// <summary>As they were computed.</summary>
    Float32,

    /// <summary>Rounded to half the size.</summary>
    Bfloat16,
}
