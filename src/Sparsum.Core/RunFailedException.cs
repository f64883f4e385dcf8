namespace Sparsum.Core;

/// <summary>The input was good but the run could not be finished: disk full, numbers that are not finite.</summary>
public class RunFailedException(string code, string message, Exception? innerException = null)
    : SparsumException(code, message, innerException);
