namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>One file of a zip archive.</summary>
/// <param name="Name">Its path in the archive.</param>
/// <param name="IsDeflated">Whether its bytes are compressed; stored as they are otherwise.</param>
/// <param name="StoredLength">Number of bytes in the archive.</param>
/// <param name="Length">Number of bytes of the content.</param>
/// <param name="HeaderPosition">Where its local header begins.</param>
internal sealed record ZipEntry(string Name, bool IsDeflated, long StoredLength, long Length, long HeaderPosition);
