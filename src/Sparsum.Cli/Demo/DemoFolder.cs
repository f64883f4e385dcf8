using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Demo;

/// <summary>The folder of a demo, which works in place, since its records name the models by their paths.</summary>
internal static class DemoFolder
{
    private static readonly string[] Names = ["report.html", RunFolder.DocumentName, RunFolder.LogName, "data/", "models/"];

    /// <summary>Takes hold of the folder; an earlier demo is moved aside.</summary>
    public static OutputFolder Open(string folder, bool force) =>
        OutputFolder.OpenInPlace(folder, [], Names, force ? ExistingOutput.Replace : ExistingOutput.Refuse);
}
