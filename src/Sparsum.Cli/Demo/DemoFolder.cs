using Sparsum.Cli.Running;

namespace Sparsum.Cli.Demo;

/// <summary>The folder of a demo. Replacing it removes what a demo writes and nothing else.</summary>
internal static class DemoFolder
{
    public static void Prepare(string folder, bool force)
    {
        OutputGuard.Check(folder, force);
        Directory.CreateDirectory(folder);
        foreach (string name in (string[])["data", "models"])
        {
            string path = Path.Combine(folder, name);
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }

        foreach (string name in (string[])["report.html", RunFolder.DocumentName, RunFolder.LogName])
        {
            File.Delete(Path.Combine(folder, name));
        }
    }
}
