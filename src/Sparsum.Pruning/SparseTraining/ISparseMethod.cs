namespace Sparsum.Pruning.SparseTraining;

/// <summary>
/// A method that makes a model sparse while it trains, whatever it trains on. A method of one's own implements this and
/// <see cref="ISparsifier"/>; it is handed to <see cref="Runs.SparseTrainer"/> like those that are here.
/// </summary>
public interface ISparseMethod
{
    /// <summary>Its name in records, lower-case.</summary>
    string Name { get; }

    /// <summary>
    /// Every setting in force by its name in kebab case, defaults included, in the invariant culture: for records, and to tell runs apart.
    /// </summary>
    IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>How the method was published to train on a task; null where that is the task's to say.</summary>
    /// <param name="task">The task's name in lower case, e.g. <c>sst2</c>.</param>
    TrainingRecipe? RecipeFor(string task) => null;

    /// <summary>Prepares the method for one run; the result is a hook of that run's trainer.</summary>
    /// <exception cref="Sparsum.Core.InvalidInputException">The method or the model cannot reach a target.</exception>
    ISparsifier Create(SparsifierContext context);
}
