namespace Sparsum.Evaluation.ZeroShot;

/// <summary>What came of one document.</summary>
/// <param name="Index">Its index in the file.</param>
/// <param name="LogLikelihoods">One for each choice, in nats.</param>
/// <param name="IsRight">Whether the likeliest choice is the answer; the first of equals counts.</param>
/// <param name="IsRightNormed">The same by log-likelihood per character; null in tasks without it.</param>
/// <param name="IsGreedy">Whether each token of the answer was the likeliest; null in tasks with choices.</param>
public sealed record ZeroShotScore(int Index, IReadOnlyList<double> LogLikelihoods, bool IsRight, bool? IsRightNormed, bool? IsGreedy);

/// <summary>What came of one task, with what the figures depend on beside the model.</summary>
public sealed record ZeroShotResult
{
    /// <summary>The task.</summary>
    public required ZeroShotTask Task { get; init; }

    /// <summary>What came of each document, in the order of the file.</summary>
    public required IReadOnlyList<ZeroShotScore> Documents { get; init; }

    /// <summary>Documents of which the start was cut off to fit the model's window.</summary>
    public required int Truncated { get; init; }

    /// <summary>SHA-256 of the data file.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>SHA-256 of all that was asked.</summary>
    public required string PromptSha256 { get; init; }

    /// <summary>Share of documents that are right, 0 to 1.</summary>
    public double Accuracy => Documents.Average(document => document.IsRight ? 1.0 : 0);

    /// <summary>Standard error of <see cref="Accuracy"/>; NaN for one document.</summary>
    public double AccuracyError => Error(Accuracy);

    /// <summary>Share of documents that are right by log-likelihood per character; null in tasks without it.</summary>
    public double? NormedAccuracy => Documents[0].IsRightNormed is null ? null : Documents.Average(document => document.IsRightNormed!.Value ? 1.0 : 0);

    /// <summary>Standard error of <see cref="NormedAccuracy"/>.</summary>
    public double? NormedAccuracyError => NormedAccuracy is { } accuracy ? Error(accuracy) : null;

    /// <summary>Exponential of the mean negative log-likelihood of the answers, in tasks without choices; null elsewhere.</summary>
    public double? Perplexity => Task.IsGreedy ? Math.Exp(-Documents.Average(document => document.LogLikelihoods[0])) : null;

    /// <summary>The sample's standard deviation over the root of its size, as the harness has it.</summary>
    private double Error(double share) => Math.Sqrt(share * (1 - share) / (Documents.Count - 1));
}
