using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The plans of the block step.</summary>
internal static class BlockCandidates
{
    /// <summary>Beyond what sums of doubles differ by.</summary>
    private const double Tolerance = 1e-9;

    /// <summary>One for each lambda; with a pattern those whose numbers meet the target.</summary>
    /// <exception cref="InvalidInputException">None does.</exception>
    public static IReadOnlyList<Candidate> Create(AllocationContext context, SearchRules options)
    {
        var blocks = context.Pretrained.Model.Blocks;
        long[] sizes = BlockSizes.Of(context.Pretrained.Model);
        var candidates = new List<Candidate>();
        foreach (double lambda in options.BlockLambdas)
        {
            double[] ratios = BlockSchedule.Ratios(sizes, context.Sparsity, lambda, options.Schedule);
            if (options.PassesOverClipped && Math.Abs(BlockSizes.Mean(ratios, sizes) - context.Sparsity) > Tolerance)
            {
                continue;
            }

            var targets = context.Task.Masks.Pattern is { } pattern
                ? PatternSchedule.Targets(blocks, ratios, pattern)
                : [.. blocks.Select(block => block.Linears.Select(_ => new LayerTarget(ratios[block.Index])).ToArray())];
            if (targets is not null)
            {
                candidates.Add(new Candidate(lambda, targets));
            }
        }

        return candidates.Count > 0 ? candidates : throw new InvalidInputException(
            "unreachable-sparsity", "No lambda of the block step meets the sparsity.")
        {
            Option = "neuronal.block-lambdas",
            Found = FormattableString.Invariant($"neuronal.block-lambdas={SettingText.Format(options.BlockLambdas)} with neuronal.schedule={SettingText.Format(options.Schedule)}, ")
                + (context.Task.Masks.Pattern is { } given ? $"`pattern {given}`" : FormattableString.Invariant($"`sparsity {context.Sparsity}`")),
            Hint = "Give smaller values, or use `allocation uniform`.",
        };
    }
}

/// <summary>One plan that a step tries.</summary>
/// <param name="Lambda">The lambda that it was made with.</param>
/// <param name="Targets">For each block, the target of each of its layers in order.</param>
internal sealed record Candidate(double Lambda, IReadOnlyList<IReadOnlyList<LayerTarget>> Targets);
