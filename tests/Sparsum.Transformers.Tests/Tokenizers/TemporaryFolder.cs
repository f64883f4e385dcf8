namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>A folder that goes away with the test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("sparsum-").FullName;

    public TemporaryFolder Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(FullName, name), text);
        return this;
    }

    public TemporaryFolder Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(FullName, name), bytes);
        return this;
    }

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
