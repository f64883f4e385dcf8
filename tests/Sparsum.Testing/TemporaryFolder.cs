namespace Sparsum.Testing;

/// <summary>A folder that is gone when the test is over.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Full path of the folder.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("sparsum-").FullName;

    /// <summary>Full path of a file or folder in it.</summary>
    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Writes a file, and the folders that it is in.</summary>
    public TemporaryFolder Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this;
    }

    /// <summary>Writes a file, and the folders that it is in.</summary>
    public TemporaryFolder Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Root, recursive: true);
}
