using Sparsum.Stress;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>A small part of what <c>tools/Sparsum.Stress</c> does for as long as one likes.</summary>
public sealed class StressTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        var report = Mutations.Run(folder.Root, count: 400, seed: 11, only: [], tell: _ => { });

        Assert.Empty(report.Failures);
        Assert.Contains(report.Counts.Keys, kind => kind.EndsWith(": read", StringComparison.Ordinal));
        Assert.Contains(report.Counts.Keys, kind => kind.EndsWith(": refused", StringComparison.Ordinal));
    }

    [Fact]
    public void Killed_runs_go_on_and_end_with_the_same_bytes()
    {
        var report = KillRuns.Run(folder.Root, count: 5, seed: 5, only: [], tell: _ => { });

        Assert.Empty(report.Failures);
    }
}
