using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>A checkpoint is missing, damaged, or does not hold what was asked of it.</summary>
public class CheckpointException(string code, string message, Exception? innerException = null)
    : InvalidInputException(code, message, innerException);
