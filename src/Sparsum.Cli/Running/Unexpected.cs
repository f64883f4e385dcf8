using Sparsum.Core;


namespace Sparsum.Cli.Running;

/// <summary>Failures that no library turned into a typed error.</summary>
internal static class Unexpected
{
    private const string DebugVariable = "SPARSUM_DEBUG";

    public static RunFailedException Explain(Exception error) => error switch
    {
        UnauthorizedAccessException => new("access-denied", error.Message) { Hint = "Check the permissions of the file or folder." },
        IOException => new("io-error", error.Message) { Hint = "Check that the disk is there, writable and not full." },
        OutOfMemoryException => new("out-of-memory", "There is not enough memory for this run.")
        {
            Hint = "Use a smaller --batch, --samples or --sequence-length.",
        },
        _ => new("internal-error", $"Something went wrong that should not: {error.GetType().Name}: {error.Message}")
        {
            Hint = $"This is a defect of sparsum. Please report it with the command line; {DebugVariable}=1 prints the stack trace.",
        },
    };

    public static void TraceIfAsked(Terminal terminal, Exception error, bool isVerbose)
    {
        if (isVerbose || Environment.GetEnvironmentVariable(DebugVariable) == "1")
        {
            terminal.Error.WriteLine(error);
        }
    }
}
