using Sparsum.Core;
using Sparsum.Pruning.OneShot.Refinement;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>Makes the pruner that options ask for.</summary>
internal static class LayerPruners
{
    /// <summary>The method's own pruner, or that of a refinement which starts from the method's scores.</summary>
    /// <exception cref="InvalidInputException">A setting or option does not fit the method or the refinement.</exception>
    public static ILayerPruner Create(PruneOptions options)
    {
        var method = PruningMethods.Get(options.Method);
        if (options.Refinement is not { } name)
        {
            return method.Create(options);
        }

        var initial = method.InitialScores(options)
            ?? throw new InvalidInputException("conflicting-options", $"The masks of method '{method.Name}' cannot be refined.")
            {
                File = "--refine",
                Found = $"{name} together with {method.Name}",
                Hint = "Leave out --refine or choose a method that scores weights.",
            };
        return Refinements.Get(name).Create(options, initial);
    }
}
