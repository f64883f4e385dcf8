using Sparsum.Tensors;
using Sparsum.Transformers.Models;

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

/// <summary>What a method is given for one run.</summary>
public sealed record SparsifierContext
{
    /// <summary>What computes; stays the caller's.</summary>
    public required IBackend Backend { get; init; }

    /// <summary>The model that will be trained, with loaded values; stays the caller's.</summary>
    public required TransformerModel Model { get; init; }

    /// <summary>Where to get to.</summary>
    public SparseTargets Targets { get; init; } = new();

    /// <summary>What the model is trained for, as its records name it: <c>sst2</c>; empty where that has no name.</summary>
    public string Task { get; init; } = "";

    /// <summary>Seed of what the method draws at random, if it draws.</summary>
    public ulong Seed { get; init; }
}

/// <summary>What a run is to end with, exactly. Without any the strength of the method decides.</summary>
public sealed record SparseTargets
{
    /// <summary>Share of the regularised weights that are zero or removed in the end, from 0 to below 1.</summary>
    public double? Sparsity { get; init; }

    /// <summary>Attention heads that are left over all modules.</summary>
    public int? Heads { get; init; }

    /// <summary>Whether there is any.</summary>
    public bool Any => Sparsity is not null || Heads is not null;
}

/// <summary>How long and how fast something is usually trained; null leaves it to others.</summary>
/// <param name="Epochs">Passes over the examples.</param>
/// <param name="LearningRate">The highest learning rate.</param>
/// <param name="BatchSize">Examples per step.</param>
/// <param name="MaxLength">Most tokens of an example.</param>
public sealed record TrainingRecipe(int? Epochs = null, double? LearningRate = null, int? BatchSize = null, int? MaxLength = null)
{
    /// <summary>This one, and where it says nothing another.</summary>
    public TrainingRecipe Or(TrainingRecipe? other) => other is null
        ? this
        : new(Epochs ?? other.Epochs, LearningRate ?? other.LearningRate, BatchSize ?? other.BatchSize, MaxLength ?? other.MaxLength);
}
