namespace Sparsum.Transformers.Models;

/// <summary>The kinds of classification under their Hugging Face names.</summary>
public static class ClassificationProblem
{
    private const string Regression = "regression";
    private const string SingleLabel = "single_label_classification";

    /// <summary>The kind that a configuration names; where it names none, one label means regression.</summary>
    /// <exception cref="Core.InvalidInputException">The kind is not supported.</exception>
    public static ProblemType Of(ModelConfig config, int labelCount) => config.ProblemType switch
    {
        Regression => ProblemType.Regression,
        SingleLabel => ProblemType.SingleLabelClassification,
        null => labelCount == 1 ? ProblemType.Regression : ProblemType.SingleLabelClassification,
        _ => throw ConfigCheck.Unsupported("problem_type", $"'{config.ProblemType}'", $"{Regression} or {SingleLabel}"),
    };

    /// <summary>The name of a kind.</summary>
    public static string NameOf(ProblemType problem) => problem == ProblemType.Regression ? Regression : SingleLabel;
}
