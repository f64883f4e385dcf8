namespace Sparsum.Cli.Running;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int RunFailed = 1;
    public const int InvalidInput = 2;
    public const int Cancelled = 130;
}
