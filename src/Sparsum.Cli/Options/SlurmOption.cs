using System.CommandLine;
using System.Text.RegularExpressions;

namespace Sparsum.Cli.Options;

/// <summary>The option <c>--slurm name=value</c>: what is passed on to <c>sbatch</c>.</summary>
internal static partial class SlurmOption
{
    private const string Name = "--slurm";

    // What the sweep itself says. sbatch takes a beginning of a name for the name.
    private static readonly string[] OfTheSweep =
        ["array", "chdir", "clusters", "error", "help", "input", "job-name", "output", "parsable", "quiet", "test-only", "usage", "version", "wait", "wrap"];

    public static Option<string[]> Create() => OptionFactory.Texts(
        Name, "NAME=VALUE", "An option of sbatch without its dashes: partition=long, time=8:00:00, cpus-per-task=4, mem=16G. Repeat it for more.");

    /// <summary>The arguments of <c>sbatch</c>.</summary>
    public static IReadOnlyList<string> Parse(IEnumerable<string> given) => [.. given.Select(Parse)];

    /// <summary>Whether an argument sets an option.</summary>
    public static bool Sets(string argument, string name) => argument.Split('=')[0] == "--" + name;

    private static string Parse(string text)
    {
        if (!Form.IsMatch(text))
        {
            throw OptionFactory.Invalid(Name, text, "the long name of an option of sbatch, without dashes, and its value", $"For instance {Name} time=8:00:00.");
        }

        string name = text.Split('=')[0];
        return OfTheSweep.All(own => !own.StartsWith(name, StringComparison.Ordinal))
            ? "--" + text
            : throw OptionFactory.Invalid(Name, text, $"another option of sbatch than {string.Join(", ", OfTheSweep)}", "The sweep sets it itself: leave it out.");
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]*(=.*)?$")]
    private static partial Regex Form { get; }
}
