using Spectre.Console;

namespace Sparsum.Cli.Running;

/// <summary>Where a run writes to, and whether people watch.</summary>
internal sealed record Terminal(TextWriter Output, TextWriter Error)
{
    // Wide enough that no table wraps when nobody knows how wide the reader's window is.
    private const int DefaultWidth = 120;

    public bool IsOutputInteractive { get; init; }

    public bool IsErrorInteractive { get; init; }

    public IAnsiConsole CreateOutputConsole() => Create(Output, IsOutputInteractive);

    public IAnsiConsole CreateErrorConsole() => Create(Error, IsErrorInteractive);

    private static IAnsiConsole Create(TextWriter writer, bool isInteractive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!isInteractive)
        {
            console.Profile.Width = DefaultWidth;
            console.Profile.Capabilities.Unicode = true;
        }

        return console;
    }
}
