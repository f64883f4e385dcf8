namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// How <see cref="SparseTrainer"/> fine-tunes. What is null is taken from the method where it was published for the task
/// (<see cref="ISparseMethod.RecipeFor"/>), else from what is usual for the task.
/// </summary>
public sealed record SparseTrainingOptions : TrainingRunOptions
{
    /// <summary>Passes over the examples.</summary>
    public int? Epochs { get; init; }

    /// <summary>The highest learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Examples per step.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Most tokens of an example; no more than the model has positions.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Most examples to train on, the first of a shuffle by the seed; null takes all.</summary>
    public int? MaxExamples { get; init; }

    /// <summary>Whether the head is drawn anew, whatever the model was trained for.</summary>
    public bool FreshHead { get; init; }

    /// <summary>Steps between evaluations within an epoch, besides the one after every epoch; null for none.</summary>
    public int? EvaluationSteps { get; init; }

    /// <summary>
    /// Whether the weights that scored best on the development set are kept (with a target: among those that meet it) instead of the last.
    /// </summary>
    public bool KeepsBest { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireCount(Epochs, "epochs");
        Require(LearningRate is null || (LearningRate > 0 && double.IsFinite(LearningRate.Value)), "learning-rate", LearningRate, "a number above 0");
        RequireCount(BatchSize, "batch-size");
        Require(MaxLength is null or >= 3, "max-length", MaxLength, "a whole number of at least 3");
        RequireCount(MaxExamples, "max-examples");
        RequireCount(EvaluationSteps, "eval-steps");
    }

    /// <summary>Everything that was left open, decided.</summary>
    internal SparseTrainingOptions Complete(ITrainingTask task)
    {
        // With a target the length of the run is the task's, as for every method that is compared with it.
        var recipe = Targets.Any ? task.Recipe : (Method.RecipeFor(task.Name) ?? new TrainingRecipe()).Or(task.Recipe);
        int batchSize = BatchSize ?? recipe.BatchSize ?? 32;
        RequireSmallerParts(batchSize);
        return this with
        {
            Epochs = Epochs ?? recipe.Epochs ?? 3,
            LearningRate = LearningRate ?? recipe.LearningRate ?? 2e-5,
            BatchSize = batchSize,
            MaxLength = MaxLength ?? recipe.MaxLength ?? 128,
        };
    }
}
