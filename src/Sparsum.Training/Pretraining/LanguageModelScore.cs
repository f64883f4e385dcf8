namespace Sparsum.Training.Pretraining;

/// <summary>How well a language model knows text that it was not trained on.</summary>
/// <param name="Loss">Mean cross entropy in nats.</param>
/// <param name="Accuracy">Share of the targets that got the highest score.</param>
/// <param name="Targets">Tokens that were asked for.</param>
public sealed record LanguageModelScore(double Loss, double Accuracy, long Targets)
{
    /// <summary><c>exp(loss)</c>; of a masked model the pseudo-perplexity of its hidden tokens.</summary>
    public double Perplexity => Math.Exp(Loss);
}
