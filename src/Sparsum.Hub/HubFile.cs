namespace Sparsum.Hub;

/// <summary>One file of a repository at a commit.</summary>
/// <param name="Name">Its path in the repository, with slashes.</param>
/// <param name="Hash">SHA-256 of its bytes (64 hexadecimal digits), or where it is small git's SHA-1 of a blob (40): its name in the store.</param>
/// <param name="Bytes">Its length.</param>
public sealed record HubFile(string Name, string Hash, long Bytes);

/// <summary>How far a pull is.</summary>
/// <param name="File">The file that something came of.</param>
/// <param name="FilesDone">Files that are complete.</param>
/// <param name="Files">Files of the pull.</param>
/// <param name="BytesDone">Bytes that are there, those of earlier attempts included.</param>
/// <param name="Bytes">Bytes of all files.</param>
public sealed record HubProgress(string File, int FilesDone, int Files, long BytesDone, long Bytes);

/// <summary>A repository, or a file of it, that lies in the cache.</summary>
/// <param name="Reference">What was asked for.</param>
/// <param name="Commit">The commit that it is.</param>
/// <param name="Path">The model: its folder, or its GGUF file. Of a data set the folder of the snapshot.</param>
/// <param name="Files">Names of the files that are wanted of it.</param>
/// <param name="Bytes">Bytes that came over the network this time.</param>
public sealed record HubSnapshot(HubReference Reference, string Commit, string Path, IReadOnlyList<string> Files, long Bytes)
{
    /// <summary>
    /// Files that may be missing, since nobody has looked whether the repository has them: found offline in a cache that another program
    /// has filled for its own ends.
    /// </summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];
}
