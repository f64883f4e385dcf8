using Xunit;

namespace Sparsum.Cli.Tests.Support;

/// <summary>
/// Compares text with a file under <c>Snapshots</c>. With <c>SPARSUM_UPDATE_SNAPSHOTS=1</c> the files are rewritten instead; look at the
/// difference before committing it.
/// </summary>
internal static class Snapshot
{
    public static void Match(string name, string actual)
    {
        string path = Repository.Path("tests", "Sparsum.Cli.Tests", "Snapshots", name + ".txt");
        actual = actual.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("SPARSUM_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"There is no snapshot '{name}'; run with SPARSUM_UPDATE_SNAPSHOTS=1 to write it.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), actual);
    }
}
