namespace Sparsum.Evaluation.Glue;

/// <summary>How a task is usually fine-tuned: what the text-classification example of Hugging Face Transformers documents for GLUE.</summary>
public sealed record GlueRecipe
{
    /// <summary>Passes over the training examples.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Peak learning rate of AdamW, from which it falls linearly to 0.</summary>
    public double LearningRate { get; init; } = 2e-5;

    /// <summary>Examples per step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Most tokens per example, special tokens included; of a pair the longer text is cut first.</summary>
    public int MaxLength { get; init; } = 128;
}
