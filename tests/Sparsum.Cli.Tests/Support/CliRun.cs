using System.Text.Json;

namespace Sparsum.Cli.Tests.Support;

/// <summary>One in-process run of the command with everything it wrote.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as the one JSON document that it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static CliRun Of(params string[] args) => Of(CancellationToken.None, args);

    public static CliRun Of(CancellationToken cancellationToken, params string[] args)
    {
        // A verdict takes seconds, and no test but its own looks at it.
        if (args is ["prune" or "train" or "compact", _, ..] && !args.Contains("--verdict") && !args.Contains("--help") && !args.Contains("--help-methods"))
        {
            args = [.. args, "--verdict", "none"];
        }

        var output = new StringWriter();
        var error = new StringWriter();
        int exitCode = SparsumCommand.Run(args, output, error, cancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}
