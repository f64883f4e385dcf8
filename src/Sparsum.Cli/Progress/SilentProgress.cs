namespace Sparsum.Cli.Progress;

/// <summary>The progress of a process whose run another one tells of.</summary>
internal sealed class SilentProgress : RunProgress
{
    public override void Report(string what, double? fraction = null)
    {
    }

    public override void WriteLine(string text)
    {
    }
}
