using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Allocation.AlphaPruning;
using Sparsum.Pruning.OneShot.Allocation.Besa;
using Sparsum.Pruning.OneShot.Allocation.Dsa;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Allocation.Owl;
using Sparsum.Pruning.OneShot.Allocation.Progression;
using Sparsum.Pruning.OneShot.Allocation.Search;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Methods.SparseGpt;
using Sparsum.Pruning.OneShot.Refinement;
using Sparsum.Pruning.OneShot.Refinement.Dsnot;

namespace Sparsum.Cli.Methods;

/// <summary>The names of one-shot pruning: the one place where a method, a refinement or an allocation gets one.</summary>
internal static class PruningCatalog
{
    /// <summary>What <c>--method</c> can be.</summary>
    public static IReadOnlyList<MethodEntry<IPruningMethod>> Methods { get; } =
    [
        MethodEntry<IPruningMethod>.Of<Magnitude>("magnitude"),
        MethodEntry<IPruningMethod>.Of<Wanda>("wanda"),
        MethodEntry<IPruningMethod>.Of("multiflow", new MultiflowOptions(), options => new Multiflow(options), MultiflowOptions.Published),
        MethodEntry<IPruningMethod>.Of("sparsegpt", new SparseGptOptions(), options => new SparseGptMethod(options)),
    ];

    /// <summary>What <c>--refine</c> can be.</summary>
    public static IReadOnlyList<MethodEntry<IMaskRefinement>> Refinements { get; } =
    [
        MethodEntry<IMaskRefinement>.Of("dsnot", new DsnotOptions(), options => new DsnotRefinement(options), DsnotOptions.Published),
    ];

    /// <summary>What <c>--allocation</c> can be.</summary>
    public static IReadOnlyList<MethodEntry<IAllocation>> Allocations { get; } =
    [
        MethodEntry<IAllocation>.Of<UniformAllocation>("uniform"),
        MethodEntry<IAllocation>.Of("owl", new OwlOptions(), options => new OwlAllocation(options), OwlOptions.Published),
        MethodEntry<IAllocation>.Of(
            "alphapruning", new AlphaPruningOptions(), options => new AlphaPruningAllocation(options), AlphaPruningOptions.Published),
        MethodEntry<IAllocation>.Of("neuronal", new NeuronAlOptions(), options => new NeuronAlAllocation(options), NeuronAlOptions.Published),
        MethodEntry<IAllocation>.Of("progression", new ProgressionOptions(), options => new ProgressionAllocation(options)),
        MethodEntry<IAllocation>.Of("search", new SearchOptions(), options => new SearchAllocation(options)),
        MethodEntry<IAllocation>.Of("besa", new BesaOptions(), options => new BesaAllocation(options), BesaOptions.Published),
        MethodEntry<IAllocation>.Of("dsa", new DsaOptions(), options => new DsaAllocation(options), DsaOptions.Published),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MethodEntry> All { get; } = [.. Methods, .. Refinements, .. Allocations];

    /// <summary>The entry of a name.</summary>
    /// <param name="entries">One of the lists.</param>
    /// <param name="name">The name.</param>
    /// <param name="kind">What they are.</param>
    /// <param name="option">The option that gives the name.</param>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static MethodEntry<T> Find<T>(IReadOnlyList<MethodEntry<T>> entries, string name, string kind, string option)
    {
        string[] names = [.. entries.Select(entry => entry.Name)];
        string? nearest = Suggestion.Nearest(name, names);
        return entries.FirstOrDefault(entry => entry.Name == name)
            ?? throw new InvalidInputException($"unknown-{kind}", $"There is no {kind} '{name}'.")
            {
                File = option,
                Found = name,
                Expected = string.Join(" or ", names),
                Hint = nearest is null ? "See --help-methods." : $"Did you mean '{nearest}'?",
            };
    }
}
