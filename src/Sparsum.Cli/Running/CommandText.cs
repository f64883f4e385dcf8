namespace Sparsum.Cli.Running;

/// <summary>Command lines for people.</summary>
internal static class CommandText
{
    /// <summary>The arguments, those with spaces in quotes.</summary>
    public static string Of(IEnumerable<string> arguments) =>
        string.Join(' ', arguments.Select(argument => argument.Contains(' ') || argument.Length == 0 ? $"\"{argument}\"" : argument));
}
