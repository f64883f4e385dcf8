namespace Sparsum.Transformers.Models;

/// <summary>What the outputs of a classification head mean, and with it the loss (<c>problem_type</c>).</summary>
public enum ProblemType
{
    /// <summary>Numbers; mean squared error.</summary>
    Regression,

    /// <summary>Logits of classes of which one is right; cross entropy.</summary>
    SingleLabelClassification,
}
