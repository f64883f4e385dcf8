using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods.SparseGpt;
using Sparsum.Pruning.OneShot.Scoring;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>Every pruning method of the project, the one place where a new one is registered.</summary>
public static class PruningMethods
{
    /// <summary>All of them: one for each saliency, then those that update weights.</summary>
    public static IReadOnlyList<IPruningMethod> All { get; } =
    [
        .. Saliencies.All.Select(saliency => new SaliencyMethod(saliency)),
        new SparseGptMethod(),
    ];

    /// <summary>The method of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static IPruningMethod Get(string name) => All.FirstOrDefault(method => method.Name == name)
        ?? throw new InvalidInputException("unknown-method", $"There is no pruning method '{name}'.")
        {
            File = "--method",
            Found = name,
            Expected = string.Join(" or ", All.Select(method => method.Name)),
            Hint = "See prune --help-methods.",
        };
}
