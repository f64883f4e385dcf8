using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation.AlphaPruning;
using Sparsum.Pruning.OneShot.Allocation.Besa;
using Sparsum.Pruning.OneShot.Allocation.Dsa;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Allocation.Owl;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>Every allocation of the project, the one place where a new one is registered.</summary>
public static class Allocations
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IAllocation> All { get; } =
    [
        new UniformAllocation(), new OwlAllocation(), new AlphaPruningAllocation(), new NeuronAlAllocation(), new BesaAllocation(),
        new DsaAllocation(),
    ];

    /// <summary>The allocation of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static IAllocation Get(string name) => All.FirstOrDefault(allocation => allocation.Name == name)
        ?? throw new InvalidInputException("unknown-allocation", $"There is no allocation '{name}'.")
        {
            File = "--allocation",
            Found = name,
            Expected = string.Join(" or ", All.Select(allocation => allocation.Name)),
            Hint = "See prune --help-methods.",
        };
}
