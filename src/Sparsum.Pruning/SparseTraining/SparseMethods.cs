using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Methods;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>Every sparse-training method of the project, the one place where a new one is registered.</summary>
public static class SparseMethods
{
    /// <summary>All of them, plain training first.</summary>
    public static IReadOnlyList<ISparseMethod> All { get; } =
    [
        new DenseMethod(),
        new MagnitudeMethod(),
        new L1Method(),
        new NeuroPruneMethod(),
    ];

    /// <summary>The method of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static ISparseMethod Get(string name) => All.FirstOrDefault(method => method.Name == name)
        ?? throw new InvalidInputException("unknown-method", $"There is no sparse-training method '{name}'.")
        {
            File = "--method",
            Found = name,
            Expected = string.Join(" or ", All.Select(method => method.Name)),
        };
}
