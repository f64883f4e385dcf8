using Sparsum.Core;
using Sparsum.Pruning.OneShot.Refinement.Dsnot;

namespace Sparsum.Pruning.OneShot.Refinement;

/// <summary>Every mask refinement of the project, the one place where a new one is registered.</summary>
public static class Refinements
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IMaskRefinement> All { get; } = [new DsnotRefinement()];

    /// <summary>The refinement of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static IMaskRefinement Get(string name) => All.FirstOrDefault(refinement => refinement.Name == name)
        ?? throw new InvalidInputException("unknown-refinement", $"There is no mask refinement '{name}'.")
        {
            File = "--refine",
            Found = name,
            Expected = string.Join(" or ", All.Select(refinement => refinement.Name)),
            Hint = "See prune --help-methods.",
        };
}
