using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

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
