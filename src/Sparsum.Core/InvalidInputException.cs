namespace Sparsum.Core;

/// <summary>The command line or an input file is wrong; nothing was written.</summary>
public class InvalidInputException(string code, string message, Exception? innerException = null)
    : SparsumException(code, message, innerException);
