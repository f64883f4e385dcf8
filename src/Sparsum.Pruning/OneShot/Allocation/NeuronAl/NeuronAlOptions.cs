using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What NeuronAl searches and how; read from the settings of a run.</summary>
internal sealed record NeuronAlOptions
{
    /// <summary>The setting for <see cref="Samples"/>.</summary>
    public const string SamplesName = "neuronal.samples";

    /// <summary>The setting for <see cref="BlockLambdas"/>.</summary>
    public const string BlockLambdasName = "neuronal.block-lambdas";

    /// <summary>The setting for <see cref="RowLambdas"/>.</summary>
    public const string RowLambdasName = "neuronal.row-lambdas";

    /// <summary>The setting for <see cref="StateType"/>.</summary>
    public const string StateTypeName = "neuronal.hidden-states";

    private static readonly MethodSetting StepSetting = new(
        "neuronal.step", "both", "both, block or row; where rows cannot have ratios of their own (SparseGPT, patterns, layer granularity) block unless given");

    private static readonly MethodSetting SamplesSetting = new(
        SamplesName, "8", "calibration sequences that candidates are tried on, the first of all");

    private static readonly MethodSetting BlockLambdasSetting = new(
        BlockLambdasName, LambdaSets.Default, "what the block step tries, by commas; 0.25 is left out from a sparsity of 0.8 on");

    private static readonly MethodSetting RowLambdasSetting = new(
        RowLambdasName, "0," + LambdaSets.Default, "what the row step tries, by commas");

    private static readonly MethodSetting DenseReferenceSetting = new(
        "neuronal.dense-reference", "local", "local: dense blocks behind the candidate's pruned ones; global: the dense model, once");

    private static readonly MethodSetting RowSignalSetting = new(
        "neuronal.row-signal", "signed", "signed or absolute change of a row's channel");

    private static readonly MethodSetting RowRoundingSetting = new(
        "neuronal.row-rounding", "floor-kept", "floor-kept or floor-pruned: which count of a row is rounded down");

    private static readonly MethodSetting LambdaFilterSetting = new(
        "neuronal.lambda-filter", "true", "whether the block step passes over lambdas that reach beyond 0 or 1");

    private static readonly MethodSetting ProfileSetting = new(
        "neuronal.sparsegpt-profile", "plain", "plain, or harmonic to weigh sequence n by 1/n as the published code does with SparseGPT");

    private static readonly MethodSetting GroupedHeadsSetting = new(
        "neuronal.grouped-heads", "base", "rows of q, k, v where heads share keys: base (the block's ratio), query or literal");

    private static readonly MethodSetting StateTypeSetting = new(
        StateTypeName, "float32", "float32 or bfloat16 for the candidates' hidden states; bfloat16 takes half the memory");

    private static readonly MethodSetting PerplexitySetting = new(
        "neuronal.perplexity", "", "a text or JSON lines file: also report every candidate's perplexity on it");

    private static readonly MethodSetting PerplexityWindowsSetting = new(
        "neuronal.perplexity-windows", "16", "how many windows of that file, as long as the calibration sequences; 0 for all");

    /// <summary>All settings.</summary>
    public static IReadOnlyList<MethodSetting> Settings { get; } =
    [
        StepSetting, SamplesSetting, BlockLambdasSetting, RowLambdasSetting, DenseReferenceSetting, RowSignalSetting, RowRoundingSetting,
        LambdaFilterSetting, ProfileSetting, GroupedHeadsSetting, StateTypeSetting, PerplexitySetting,
        PerplexityWindowsSetting,
    ];

    /// <summary>What is searched.</summary>
    public required NeuronAlStep Step { get; init; }

    /// <summary>Sequences that candidates are tried on.</summary>
    public required int Samples { get; init; }

    /// <summary>What the block step tries; empty without one.</summary>
    public required IReadOnlyList<double> BlockLambdas { get; init; }

    /// <summary>What the row step tries; empty without one.</summary>
    public required IReadOnlyList<double> RowLambdas { get; init; }

    /// <summary>What candidates are compared with.</summary>
    public required DenseReference DenseReference { get; init; }

    /// <summary>What of a channel's change counts.</summary>
    public required RowSignal RowSignal { get; init; }

    /// <summary>Which count of a row is rounded down.</summary>
    public required RowRounding RowRounding { get; init; }

    /// <summary>Whether the <c>n</c>-th sequence enters profiles with weight <c>1/n</c>.</summary>
    public required bool WeighsHarmonically { get; init; }

    /// <summary>The rule for shared keys and values.</summary>
    public required GroupedHeads GroupedHeads { get; init; }

    /// <summary>How hidden states are kept.</summary>
    public required HiddenStateType StateType { get; init; }

    /// <summary>A text to report perplexities on; null for none.</summary>
    public required string? PerplexityFile { get; init; }

    /// <summary>Windows of it; 0 for all.</summary>
    public required int PerplexityWindows { get; init; }

    /// <summary>The text to report perplexities on; null for none.</summary>
    /// <param name="length">Tokens of a window.</param>
    public TextWindows? WindowsOfText(int length) => PerplexityFile is { } file ? new TextWindows(file, PerplexityWindows, length) : null;

    /// <summary>Reads and checks the settings of a run.</summary>
    /// <exception cref="InvalidInputException">A setting has no meaning or does not go with the options.</exception>
    public static NeuronAlOptions Read(PruneOptions options)
    {
        var settings = new MethodSettings(options.Settings);
        var method = PruningMethods.Get(options.Method);
        var step = ReadStep(options, settings, method);
        string file = settings.Text(PerplexitySetting);
        bool filters = settings.Flag(LambdaFilterSetting);
        return new NeuronAlOptions
        {
            Step = step,
            Samples = settings.Integer(SamplesSetting, 1),
            BlockLambdas = step == NeuronAlStep.Row ? [] : LambdaSets.ForBlocks(settings, BlockLambdasSetting, options, filters),
            RowLambdas = step == NeuronAlStep.Block ? [] : LambdaSets.Parse(settings, RowLambdasSetting),
            DenseReference = settings.Choice<DenseReference>(DenseReferenceSetting),
            RowSignal = settings.Choice<RowSignal>(RowSignalSetting),
            RowRounding = settings.Choice<RowRounding>(RowRoundingSetting),
            WeighsHarmonically = settings.Choice<SparseGptProfile>(ProfileSetting) == SparseGptProfile.Harmonic
                && method.Create(options).Needs.HasFlag(StatisticKinds.Hessian),
            GroupedHeads = settings.Choice<GroupedHeads>(GroupedHeadsSetting),
            StateType = settings.Choice<HiddenStateType>(StateTypeSetting),
            PerplexityFile = file.Length == 0 ? null : file,
            PerplexityWindows = settings.Integer(PerplexityWindowsSetting, 0),
        };
    }

    private static NeuronAlStep ReadStep(PruneOptions options, MethodSettings settings, IPruningMethod method)
    {
        var step = settings.Choice<NeuronAlStep>(StepSetting);
        string? obstacle = !method.TakesRowRatios ? $"--method {options.Method}"
            : options.Pattern is { } pattern ? $"--pattern {pattern}"
            : options.Granularity != Granularity.Row ? "--granularity other than row"
            : null;
        if (obstacle is null || step == NeuronAlStep.Block)
        {
            return step;
        }

        return !options.Settings.ContainsKey(StepSetting.Name) ? NeuronAlStep.Block
            : throw new InvalidInputException("conflicting-options", "Rows cannot have ratios of their own here.")
            {
                File = "--set",
                Found = $"neuronal.step={settings.Text(StepSetting)} with {obstacle}",
                Expected = "neuronal.step=block",
                Hint = $"Choose neuronal.step=block, or leave out {obstacle}.",
            };
    }
}
