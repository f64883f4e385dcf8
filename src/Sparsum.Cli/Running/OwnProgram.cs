using System.Diagnostics;

namespace Sparsum.Cli.Running;

/// <summary>How to start this command anew: the program itself, or the runtime that hosts it.</summary>
internal static class OwnProgram
{
    /// <summary>The words of a command line that <c>sparsum</c>'s arguments go behind.</summary>
    public static IReadOnlyList<string> Words
    {
        get
        {
            string program = Environment.ProcessPath!;
            string assembly = typeof(OwnProgram).Assembly.Location;
            return Path.GetFileNameWithoutExtension(program) == Path.GetFileNameWithoutExtension(assembly) ? [program] : [program, "exec", assembly];
        }
    }

    /// <summary>A process of it whose outputs are read.</summary>
    public static ProcessStartInfo Start(params IEnumerable<string> arguments) =>
        new(Words[0], Words.Skip(1).Concat(arguments)) { RedirectStandardOutput = true, RedirectStandardError = true };
}
