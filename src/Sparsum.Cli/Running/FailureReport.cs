using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Running;

/// <summary>Tells a failure: for people on standard error, or as the JSON document on standard output.</summary>
internal sealed class FailureReport(Terminal terminal, bool isJson)
{
    public void Write(string? command, SparsumException error)
    {
        if (isJson)
        {
            terminal.Output.WriteLine(JsonText.Format(CreateDocument(command, error)));
            return;
        }

        terminal.Error.WriteLine($"error: {error.Message}");
        WriteDetail("at", error.File, error.Message);
        WriteDetail("found", error.Found, error.Message);
        WriteDetail("expected", error.Expected, error.Message);
        WriteDetail("hint", error.Hint, error.Message);
    }

    public static JsonObject CreateDocument(string? command, SparsumException error) => new()
    {
        ["version"] = SparsumCommand.Version,
        ["command"] = command,
        ["error"] = new JsonObject
        {
            ["code"] = error.Code,
            ["message"] = error.Message,
            ["file"] = error.File,
            ["found"] = error.Found,
            ["expected"] = error.Expected,
            ["hint"] = error.Hint,
        },
    };

    private void WriteDetail(string label, string? text, string message)
    {
        if (text is not null && !message.Contains(text, StringComparison.Ordinal))
        {
            terminal.Error.WriteLine($"  {label + ':',-10}{text}");
        }
    }
}
