using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
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

        string message = OptionText.Flags(error.Message)!;
        terminal.Error.WriteLine($"error: {message}");
        WriteDetail("at", Place(error), message);
        WriteDetail("found", OptionText.Flags(error.Found), message);
        WriteDetail("expected", OptionText.Flags(error.Expected), message);
        WriteDetail("hint", OptionText.Flags(error.Hint), message);
    }

    public static JsonObject CreateDocument(string? command, SparsumException error) => new()
    {
        ["version"] = SparsumCommand.Version,
        ["command"] = command,
        ["error"] = new JsonObject
        {
            ["code"] = error.Code,
            ["message"] = OptionText.Flags(error.Message),
            ["file"] = Place(error),
            ["found"] = OptionText.Flags(error.Found),
            ["expected"] = OptionText.Flags(error.Expected),
            ["hint"] = OptionText.Flags(error.Hint),
        },
    };

    private static string? Place(SparsumException error) => error.File ?? (error.Option is { } option ? OptionText.Flag(option) : null);

    private void WriteDetail(string label, string? text, string message)
    {
        if (text is not null && !message.Contains(text, StringComparison.Ordinal))
        {
            terminal.Error.WriteLine($"  {label + ':',-10}{text}");
        }
    }
}
