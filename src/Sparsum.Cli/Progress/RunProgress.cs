using Sparsum.Cli.Running;

namespace Sparsum.Cli.Progress;

/// <summary>Shows how far a run is: a live line where people watch, plain lines where they do not, nothing when quiet.</summary>
internal abstract class RunProgress
{
    /// <summary>Shows the state.</summary>
    /// <param name="what">What is being done, e.g. <c>block 3/12 self_attn.q_proj</c>.</param>
    /// <param name="fraction">Share of the whole run that is done, in [0, 1]; null when nobody knows.</param>
    public abstract void Report(string what, double? fraction = null);

    /// <summary>Writes a line that stays.</summary>
    public abstract void WriteLine(string text);

    /// <summary>Runs work with the progress that suits the terminal.</summary>
    public static T Show<T>(Terminal terminal, TimeProvider time, bool isQuiet, bool isVerbose, Func<RunProgress, T> work) =>
        isQuiet ? work(new PlainProgress(terminal.Error, time, isSilent: true))
        : isVerbose ? work(new PlainProgress(terminal.Error, time, isSilent: false) { Interval = TimeSpan.Zero })
        : terminal.IsErrorInteractive ? LiveProgress.Show(terminal, work)
        : work(new PlainProgress(terminal.Error, time, isSilent: false));
}
