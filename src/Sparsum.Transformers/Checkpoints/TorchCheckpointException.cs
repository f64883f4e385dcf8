namespace Sparsum.Transformers.Checkpoints;

/// <summary>A PyTorch checkpoint is damaged, or holds something else than tensors.</summary>
public sealed class TorchCheckpointException(string code, string message, Exception? innerException = null)
    : CheckpointException(code, message, innerException);
