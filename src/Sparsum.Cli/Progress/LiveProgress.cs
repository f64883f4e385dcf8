using Sparsum.Cli.Running;
using Spectre.Console;

namespace Sparsum.Cli.Progress;

/// <summary>Progress as one live line: what, bar, share, elapsed, remaining, memory.</summary>
internal sealed class LiveProgress(IAnsiConsole console, ProgressTask task) : RunProgress
{
    public static T Show<T>(Terminal terminal, Func<RunProgress, T> work)
    {
        var console = terminal.CreateErrorConsole();
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn(),
                new RemainingTimeColumn(),
                new MemoryColumn())
            .Start(context =>
            {
                var task = context.AddTask("starting", maxValue: 1);
                task.IsIndeterminate = true;
                return work(new LiveProgress(console, task));
            });
    }

    public override void Report(string what, double? fraction = null)
    {
        task.Description = Markup.Escape(what);
        task.IsIndeterminate = fraction is null;
        if (fraction is { } value)
        {
            // A finished task would vanish before the run has ended.
            task.Value = Math.Min(value, 0.999);
        }
    }

    public override void WriteLine(string text) => console.WriteLine(text);
}
