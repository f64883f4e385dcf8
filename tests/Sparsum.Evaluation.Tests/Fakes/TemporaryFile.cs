namespace Sparsum.Evaluation.Tests.Fakes;

/// <summary>A file that is gone after the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(string extension, string content)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"sparsum-{Guid.NewGuid():N}{extension}");
        File.WriteAllText(Path, content);
    }

    public string Path { get; }

    public static TemporaryFile JsonLines(params string[] texts) =>
        new(".jsonl", string.Join('\n', texts.Select(text => $$"""{"text": "{{text}}"}""")));

    public void Dispose() => File.Delete(Path);
}
