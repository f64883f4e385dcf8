using Sparsum.Core;


namespace Sparsum.Evaluation.Datasets;

/// <summary>A file of a data set is missing, or a line of it breaks the layout in which the set is published.</summary>
public sealed class DatasetException(string code, string message, Exception? innerException = null)
    : InvalidInputException(code, message, innerException)
{
    /// <summary>The line at fault, counted from 1 with the header; null where the whole file is.</summary>
    public int? Line { get; init; }
}
