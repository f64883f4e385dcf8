namespace Sparsum.Transformers.Checkpoints;

/// <summary>A file breaks a rule of the safetensors format.</summary>
public sealed class SafetensorsException(string code, string message, Exception? innerException = null)
    : CheckpointException(code, message, innerException);
