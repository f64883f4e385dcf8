using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Running;

/// <summary>The records that every run folder keeps: <c>run.json</c> and <c>log.jsonl</c>.</summary>
internal static class RunFolder
{
    public const string DocumentName = "run.json";
    public const string LogName = "log.jsonl";

    public static void Keep(string folder, JsonObject document, RunLog log)
    {
        Directory.CreateDirectory(folder);
        Rewrite(folder, document);
        var text = new StringBuilder();
        foreach (string line in log.Lines)
        {
            text.Append(line).Append('\n');
        }

        File.AppendAllText(Path.Combine(folder, LogName), text.ToString());
    }

    /// <summary>Replaces the document, to which something was added.</summary>
    public static void Rewrite(string folder, JsonObject document) =>
        AtomicFile.WriteAllText(Path.Combine(folder, DocumentName), JsonText.Format(document) + "\n");
}
