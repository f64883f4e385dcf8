using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sparsum.Cli.Progress;

/// <summary>
/// Progress as one live line: bar, share, elapsed, remaining, memory, and behind these, which keep their widths, what is being done. So nothing moves
/// sideways when that changes; and it is cut to what is left of the line, since a line that wraps is drawn once more below with every change.
/// </summary>
internal sealed class LiveProgress(IAnsiConsole console, ProgressTask task) : RunProgress
{
    private const int WidestBar = 24;
    private const int NarrowestBar = 4;
    private const int MemoryWidth = 8;

    /// <summary>Share, two durations and memory with a blank behind each of them and the bar.</summary>
    private const int FixedWidth = 4 + 8 + 8 + MemoryWidth + 5;

    /// <summary>A terminal may move to the next line when its last cell is filled.</summary>
    private const int Margin = 1;

    public static T Show<T>(Terminal terminal, Func<RunProgress, T> work)
    {
        var console = terminal.CreateErrorConsole();
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new ProgressBarColumn { Width = BarWidth(console.Profile.Width) },
                new PercentageColumn(),
                new ElapsedTimeColumn(),
                new RemainingTimeColumn(),
                new MemoryColumn(),
                new WhatColumn())
            .Start(context =>
            {
                var task = context.AddTask("starting", maxValue: 1);
                task.IsIndeterminate = true;
                return work(new LiveProgress(console, task));
            });
    }

    public override void Report(string what, double? fraction = null)
    {
        task.Description = Markup.Escape(Fit(what, console.Profile.Width));
        task.IsIndeterminate = fraction is null;
        if (fraction is { } value)
        {
            // A finished task would vanish before the run has ended.
            task.Value = Math.Min(value, 0.999);
        }
    }

    public override void WriteLine(string text) => console.Write(new Notice(text));

    /// <summary>The cells of the bar in a window of some width.</summary>
    internal static int BarWidth(int window) => Math.Clamp((window - FixedWidth - Margin) / 2, NarrowestBar, WidestBar);

    /// <summary>What is left of a text in a window of some width, a blank where nothing is.</summary>
    internal static string Fit(string what, int window)
    {
        int room = window - FixedWidth - Margin - BarWidth(window);
        what = what.ReplaceLineEndings(" ");
        return room < 2 ? " " : what.Length <= room ? what : $"{what.AsSpan(0, room - 1)}…";
    }

    /// <summary>A line that is written where the live one stands, which must be gone first: nothing would wipe away what is longer of it.</summary>
    private sealed class Notice(string text) : IRenderable
    {
        private const string EraseBelow = "\e[0J";

        public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [Segment.Control(EraseBelow), new Segment(text), Segment.LineBreak];
    }

    /// <summary>Peak memory of the process.</summary>
    private sealed class MemoryColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(Units.Bytes(PeakMemory.Read()).PadLeft(MemoryWidth));

        public override int? GetColumnWidth(RenderOptions options) => MemoryWidth;
    }

    private sealed class WhatColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Markup(task.Description).Overflow(Overflow.Ellipsis);
    }
}
