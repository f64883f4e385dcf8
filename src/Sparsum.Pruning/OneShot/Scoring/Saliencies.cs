using Sparsum.Transformers.Errors;

namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>Every saliency of the project, the one place where a new one is registered.</summary>
public static class Saliencies
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ISaliency> All { get; } = [new Magnitude(), new Wanda()];

    /// <summary>The saliency of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static ISaliency Get(string name) => All.FirstOrDefault(saliency => saliency.Name == name)
        ?? throw new InvalidInputException("unknown-method", $"There is no pruning method '{name}'.")
        {
            File = "--method",
            Found = name,
            Expected = string.Join(" or ", All.Select(saliency => saliency.Name)),
            Hint = "See prune --help-methods.",
        };
}
