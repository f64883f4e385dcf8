namespace Sparsum.Reporting.Records;

/// <summary>One task of an <c>evaluate</c> run on zero-shot tasks; null is what the record does not say.</summary>
/// <param name="Task">Its name.</param>
/// <param name="Accuracy">Share of documents whose most likely answer is right, 0–1.</param>
/// <param name="AccuracyError">Standard error of that share.</param>
/// <param name="NormedAccuracy">The same with likelihoods by length.</param>
/// <param name="NormedAccuracyError">Standard error of that share.</param>
/// <param name="Examples">Documents asked.</param>
public sealed record ZeroShotRecord(
    string Task, double? Accuracy, double? AccuracyError, double? NormedAccuracy, double? NormedAccuracyError, long? Examples);
