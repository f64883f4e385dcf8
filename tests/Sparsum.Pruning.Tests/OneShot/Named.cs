using Sparsum.Cli.Methods;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Refinement;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Methods by the names and settings of the command line, for tests that run over many of them.</summary>
internal static class Named
{
    public static IPruningMethod Method(string name) => PruningCatalog.Find(PruningCatalog.Methods, name, "method", "--method").Create();

    public static IMaskRefinement? Refinement(string? name) =>
        name is null ? null : PruningCatalog.Find(PruningCatalog.Refinements, name, "refinement", "--refine").Create();

    public static IAllocation Allocation(string name) => PruningCatalog.Find(PruningCatalog.Allocations, name, "allocation", "--allocation").Create();

    /// <summary>The same run with some settings, each as <c>owl.m=3</c>.</summary>
    public static PruneOptions Set(this PruneOptions options, params IEnumerable<string> settings)
    {
        var given = settings.ToDictionary(text => text[..text.IndexOf('=')], text => text[(text.IndexOf('=') + 1)..]);
        return options with
        {
            Method = Create(PruningCatalog.Methods, options.Method.Name, options.Method.Settings),
            Refinement = options.Refinement is { } refinement ? Create(PruningCatalog.Refinements, refinement.Name, refinement.Settings) : null,
            Allocation = Create(PruningCatalog.Allocations, options.Allocation.Name, options.Allocation.Settings),
        };

        T Create<T>(IReadOnlyList<MethodEntry<T>> entries, string name, IReadOnlyDictionary<string, string> had)
        {
            var entry = PruningCatalog.Find(entries, name, "method", "--method");
            var all = had.ToDictionary(pair => $"{name}.{pair.Key}", pair => pair.Value);
            foreach (var (setting, value) in given.Where(pair => pair.Key.StartsWith(name + ".", StringComparison.Ordinal)))
            {
                all[setting] = value;
            }

            var bound = new GivenSettings(all.Select(pair => $"{pair.Key}={pair.Value}"), PruningCatalog.All, "prune");
            return entry.Create(bound.Bind(entry));
        }
    }

    /// <inheritdoc cref="Set(PruneOptions, IEnumerable{string})"/>
    public static PruneOptions Set(this PruneOptions options, IEnumerable<KeyValuePair<string, string>> settings) =>
        options.Set([.. settings.Select(pair => $"{pair.Key}={pair.Value}")]);
}
