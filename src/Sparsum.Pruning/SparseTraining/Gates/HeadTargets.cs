using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;

namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>What methods that close single heads ask of model and targets.</summary>
internal static class HeadTargets
{
    /// <summary>The modules of a model, once it is sure that heads can go one by one and that the number wanted can be reached.</summary>
    /// <param name="context">The run.</param>
    /// <param name="method">The method, for errors.</param>
    /// <param name="needsHeads">Whether there must be a number of heads.</param>
    /// <exception cref="InvalidInputException"><c>no-target</c>, <c>unsupported-heads</c>, <c>unreachable-heads</c>.</exception>
    public static IReadOnlyList<AttentionPlace> Require(SparsifierContext context, string method, bool needsHeads)
    {
        int? heads = context.Targets.Heads;
        if (context.Targets.Sparsity is not null || (needsHeads && heads is null))
        {
            throw new InvalidInputException("no-target", $"The method {method} goes to a number of heads.")
            {
                Option = "heads",
                Found = heads is null && context.Targets.Sparsity is null ? "no number of heads" : "a sparsity",
                Expected = needsHeads ? "`heads` alone" : "`heads`, or no target",
            };
        }

        var places = AttentionPlace.Of(context.Model);
        if (places.Any(place => place.Attention.GroupSize > 1))
        {
            throw new InvalidInputException("unsupported-heads", "Heads that share keys and values cannot go one by one.")
            {
                Option = "method",
                Found = "a model with grouped keys and values",
                Expected = "a model whose heads have keys and values of their own",
            };
        }

        if (places.Any(place => !place.Attention.HasRemovableHeads))
        {
            throw new InvalidInputException("unsupported-heads", "The heads of this model cannot go one by one: a norm spans several of them.")
            {
                Option = "method",
                Found = "queries or keys that are normalised over all heads together",
                Expected = "a model whose heads are computed each on its own",
            };
        }

        int all = places.Sum(place => place.Attention.HeadCount);
        if (heads < places.Count || heads > all)
        {
            throw new InvalidInputException("unreachable-heads", "The model cannot end with this number of heads.")
            {
                Option = "heads",
                Found = FormattableString.Invariant($"{heads}"),
                Expected = FormattableString.Invariant($"a number from {places.Count} to {all}: one head stays in each of {places.Count} modules"),
            };
        }

        return places;
    }
}
