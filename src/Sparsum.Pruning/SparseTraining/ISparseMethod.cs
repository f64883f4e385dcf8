using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>
/// A method that makes a model sparse while it trains, whatever it trains on. One class per method; <see cref="SparseMethods"/> lists them
/// all.
/// </summary>
public interface ISparseMethod
{
    /// <summary>The name on the command line, lower-case.</summary>
    string Name { get; }

    /// <summary>One line for help texts.</summary>
    string Description { get; }

    /// <summary>Its settings with their defaults, each named <c>method.setting</c>.</summary>
    IReadOnlyList<MethodSetting> Settings { get; }

    /// <summary>Prepares the method for one run; the result is a hook of that run's trainer.</summary>
    /// <exception cref="Sparsum.Core.InvalidInputException">
    /// A setting cannot be used, or the method or the model cannot reach a target.
    /// </exception>
    ISparsifier Create(SparsifierContext context);
}
