using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What a run searches and how: settings with the task in place.</summary>
internal sealed record SearchRules
{
    /// <summary>What is searched.</summary>
    public required NeuronAlStep Step { get; init; }

    /// <summary>Sequences that candidates are tried on.</summary>
    public required int Samples { get; init; }

    /// <summary>Candidates of a step that go on when all have been tried on a few sequences.</summary>
    public const int Finalists = 3;

    /// <summary>Sequences that all candidates are tried on first; 0 for none.</summary>
    public int ScreenSamples { get; init; }

    /// <summary>What the block step tries; empty without one.</summary>
    public required IReadOnlyList<double> BlockLambdas { get; init; }

    /// <summary>How ratios rise over depth.</summary>
    public DepthShape Schedule { get; init; }

    /// <summary>Whether curves of which a block had to be clipped are no candidates. Of lines those lambdas are filtered beforehand.</summary>
    public bool PassesOverClipped { get; init; }

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

    /// <summary>Puts a task into settings.</summary>
    /// <exception cref="InvalidInputException">They do not go together.</exception>
    public static SearchRules For(NeuronAlOptions options, AllocationTask task)
    {
        var step = StepOf(options, task);
        return new SearchRules
        {
            Step = step,
            Samples = options.Samples,
            ScreenSamples = options.ScreenSamples,
            BlockLambdas = step == NeuronAlStep.Row ? [] : LambdaSets.ForBlocks(options, task),
            Schedule = options.Schedule,
            PassesOverClipped = options.LambdaFilter && options.Schedule != DepthShape.Linear,
            RowLambdas = step == NeuronAlStep.Block ? [] : options.RowLambdas,
            DenseReference = options.DenseReference,
            RowSignal = options.RowSignal,
            RowRounding = options.RowRounding,
            WeighsHarmonically = options.SparsegptProfile == SparseGptProfile.Harmonic
                && task.Method.Create(task.Masks).Needs.HasFlag(StatisticKinds.Hessian),
            GroupedHeads = options.GroupedHeads,
            StateType = options.HiddenStates,
            PerplexityFile = options.Perplexity,
            PerplexityWindows = options.PerplexityWindows,
        };
    }

    private static NeuronAlStep StepOf(NeuronAlOptions options, AllocationTask task)
    {
        string? obstacle = !task.Method.TakesRowRatios ? $"`method {task.Method.Name}`"
            : task.Masks.Pattern is { } pattern ? $"`pattern {pattern}`"
            : task.Masks.Granularity != Granularity.Row ? "`granularity` other than row"
            : null;
        return (obstacle, options.Step) switch
        {
            (null, var step) => step ?? NeuronAlStep.Both,
            (_, null or NeuronAlStep.Block) => NeuronAlStep.Block,
            _ => throw new InvalidInputException("conflicting-options", "Rows cannot have ratios of their own here.")
            {
                Option = "neuronal.step",
                Found = $"neuronal.step={SettingText.Format(options.Step)} with {obstacle}",
                Expected = "neuronal.step=block",
                Hint = $"Choose `neuronal.step=block`, or leave out {obstacle}.",
            },
        };
    }
}

/// <summary>The values of lambda that a step tries.</summary>
internal static class LambdaSets
{
    private const double LargestDefault = 0.25;
    private const double DenseEnoughForLargest = 0.8;

    /// <summary>The values of the authors' code; their paper lacks 0.04.</summary>
    public static IReadOnlyList<double> Default { get; } = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.15, 0.2, 0.25];

    /// <summary>
    /// The list of the block step without what the target does not allow: with the filter every lambda whose sparsest or densest block would
    /// be beyond what the mask can do, since clipping it would miss the target.
    /// </summary>
    /// <exception cref="InvalidInputException">Nothing is left.</exception>
    public static IReadOnlyList<double> ForBlocks(NeuronAlOptions options, AllocationTask task)
    {
        double sparsity = task.Sparsity;
        double most = task.Masks.Pattern is { } pattern ? (pattern.GroupSize - 1.0) / pattern.GroupSize : 1;
        bool isDefault = options.BlockLambdas.SequenceEqual(Default);
        var values = options.BlockLambdas
            .Where(lambda => !isDefault || lambda != LargestDefault || sparsity < DenseEnoughForLargest)
            .Where(lambda => !options.LambdaFilter || (sparsity + lambda <= most && sparsity - lambda >= 0))
            .ToList();
        return values.Count > 0 ? values : throw new InvalidInputException(
            "unreachable-sparsity", "No lambda of the block step can reach the sparsity.")
        {
            Option = "neuronal.block-lambdas",
            Found = FormattableString.Invariant($"neuronal.block-lambdas={SettingText.Format(options.BlockLambdas)} at a sparsity of {sparsity}"),
            Expected = FormattableString.Invariant($"a lambda up to {Math.Min(sparsity, most - sparsity)}"),
            Hint = "Give smaller values, or use `allocation uniform`.",
        };
    }
}
