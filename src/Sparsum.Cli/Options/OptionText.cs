using System.Text.RegularExpressions;

namespace Sparsum.Cli.Options;

/// <summary>Turns the options that libraries name, <c>sequence-length</c>, into what is typed: <c>--sequence-length</c>.</summary>
internal static partial class OptionText
{
    /// <summary>The flag of an option. A setting of a method has a dot in its name.</summary>
    public static string Flag(string name) => name switch
    {
        "output" => "-o",
        _ when name.Contains('.') => $"--set {name}",
        _ => $"--{name}",
    };

    /// <summary>A text whose options stand between backticks, alone or with a value.</summary>
    public static string? Flags(string? text) =>
        text is null ? null : InBackticks().Replace(text, match => Flag(match.Groups["name"].Value) + match.Groups["value"].Value);

    [GeneratedRegex("`(?<name>[a-z][a-z0-9]*([.-][a-z0-9]+)*)(?<value>[ =][^`]*)?`")]
    private static partial Regex InBackticks();
}
