using System.Text;

namespace Sparsum.Evaluation.Tests.Glue;

/// <summary>A folder of hand-made files that is gone after the test.</summary>
internal sealed class GlueFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sparsum-glue-").FullName;

    /// <summary>Writes a file whose lines are given with <c>|</c> for a tab.</summary>
    public GlueFolder With(string name, params string[] lines) =>
        WithBytes(name, Encoding.UTF8.GetBytes(string.Join('\n', lines).Replace('|', '\t') + "\n"));

    public GlueFolder WithBytes(string name, byte[] bytes)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
