using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The plans of the block step.</summary>
internal static class BlockCandidates
{
    /// <summary>One for each lambda; with a pattern those whose numbers meet the target.</summary>
    /// <exception cref="InvalidInputException">None does.</exception>
    public static IReadOnlyList<Candidate> Create(AllocationContext context, SearchRules options)
    {
        var blocks = context.Pretrained.Model.Blocks;
        long[] sizes = BlockSizes.Of(context.Pretrained.Model);
        var candidates = new List<Candidate>();
        foreach (double lambda in options.BlockLambdas)
        {
            double[] ratios = BlockSchedule.Ratios(sizes, context.Sparsity, lambda);
            var targets = context.Task.Masks.Pattern is { } pattern
                ? PatternSchedule.Targets(blocks, ratios, pattern)
                : [.. blocks.Select(block => block.Linears.Select(_ => new LayerTarget(ratios[block.Index])).ToArray())];
            if (targets is not null)
            {
                candidates.Add(new Candidate(lambda, targets));
            }
        }

        return candidates.Count > 0 ? candidates : throw new InvalidInputException(
            "unreachable-sparsity", "No lambda of the block step meets the pattern's sparsity.")
        {
            Option = "neuronal.block-lambdas",
            Found = FormattableString.Invariant($"neuronal.block-lambdas={string.Join(',', options.BlockLambdas)} with `pattern {context.Task.Masks.Pattern}`"),
            Hint = "Give smaller values, or use `allocation uniform`.",
        };
    }
}

/// <summary>One plan that a step tries.</summary>
/// <param name="Lambda">The lambda that it was made with.</param>
/// <param name="Targets">For each block, the target of each of its layers in order.</param>
internal sealed record Candidate(double Lambda, IReadOnlyList<IReadOnlyList<LayerTarget>> Targets);

/// <summary>
/// The block step's ratios (Cunegatti et al. 2024): a line from <c>s - λ</c> at block 0 to <c>s + λ</c> at the last. The operations are
/// those of the authors' code in their order, because <c>⌊C · ratio⌋</c> depends on the last bit where the product is whole.
/// </summary>
internal static class BlockSchedule
{
    private const double Least = 0.01;
    private const double Most = 0.99;

    /// <summary>The ratio of each block; their mean over weights is <paramref name="sparsity"/> unless one had to be clipped.</summary>
    public static double[] Ratios(IReadOnlyList<long> sizes, double sparsity, double lambda)
    {
        int count = sizes.Count;
        if (count == 1)
        {
            return [sparsity];
        }

        double step = 1.0 / (count - 1) * lambda * 2;
        double[] line = [.. Enumerable.Range(0, count).Select(i => i * step)];
        bool areAlike = sizes.All(size => size == sizes[0]);

        // The densest block comes first, so the line is turned round; with blocks of unlike sizes the mean must be, too.
        double mean = areAlike ? PairwiseSum.Mean(line) : BlockSizes.Mean([.. line.Reverse()], sizes);
        return [.. line.Reverse().Select(value => Clip(1 - (value - mean + (1 - sparsity))))];
    }

    private static double Clip(double ratio) => ratio <= 0 ? Least : ratio >= 1 ? Most : ratio;
}
