namespace Sparsum.Pruning.SparseTraining;

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
