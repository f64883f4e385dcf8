namespace Sparsum.Pruning.SparseTraining;

/// <summary>
/// The settings of NeuroPrune's experiments (Dhurandhar et al. 2024), as far as they are printed, for one task.
/// </summary>
/// <remarks>
/// Printed are the epochs (one for the large tasks of GLUE and for summarisation, three to five for the small ones), θ, ε, and grids of α
/// and β, of which the runs in a bin of sparsity compete. A single run takes 0.01 of both: the middle of the decades that act at all. Learning rate
/// and batch size are not printed; taken are those of the trainer that the paper used, which carry weights far enough to reach zero.
/// </remarks>
/// <param name="Alpha">Factor of the attention penalty.</param>
/// <param name="Beta">Factor of the MLP penalty.</param>
/// <param name="Most">The largest factor of the grids.</param>
/// <param name="Theta">Largest difference between the weights of similar heads.</param>
/// <param name="Recipe">How long and how fast to train.</param>
public sealed record PublishedProfile(double Alpha, double Beta, double Most, double Theta, TrainingRecipe? Recipe)
{
    private const double UsualTheta = 0.15;
    private static readonly HashSet<string> Large = ["mnli", "qqp", "qnli", "sst2", "summarization"];
    private static readonly HashSet<string> Small = ["cola", "stsb", "mrpc", "rte", "wnli"];

    /// <summary>The profile of a task; one that the paper has not trained has no recipe.</summary>
    /// <param name="task">Its name in lower case, or an empty text.</param>
    public static PublishedProfile Of(string task) => task == "translation"
        ? new(0.05, 0.1, 0.5, UsualTheta, null)
        : new(0.01, 0.01, 0.1, UsualTheta, Recipes(task));

    /// <summary>How much a factor can be multiplied by within the grids; at least 1.</summary>
    public double GainOver(double factor) => factor > 0 ? Math.Max(1, Most / factor) : 1;

    /// <summary>Whether a task is one of the small ones of GLUE, which are trained for more epochs.</summary>
    internal static bool IsSmall(string task) => Small.Contains(task);

    private static TrainingRecipe? Recipes(string task) =>
        Large.Contains(task) ? new TrainingRecipe(Epochs: 1, LearningRate: 5e-5, BatchSize: 8)
        : Small.Contains(task) ? new TrainingRecipe(Epochs: 5, LearningRate: 5e-5, BatchSize: 8)
        : null;
}
