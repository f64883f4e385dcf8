using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_small_demo_tells_the_whole_story_and_says_that_the_model_is_untrained()
    {
        var run = CliRun.Of("demo", "-o", folder["demo"], "--budget", "small", "--json", "--quiet");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Empty(run.Error);
        Assert.Contains("never trained", run.Json.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.True(run.Json.GetProperty("corpus").GetProperty("entries").GetInt32() > 1000);
        var commands = run.Json.GetProperty("runs").EnumerateArray().Select(document => document.GetProperty("command").GetString()!).ToList();
        Assert.Equal(["bench", "evaluate", "generate", "inspect", "prune"], commands.Distinct().Order(StringComparer.Ordinal));
        string report = File.ReadAllText(Path.Combine(folder["demo"], "report.html"));
        Assert.Contains("never trained", report, StringComparison.Ordinal);
        Assert.Contains("wanda-70", report, StringComparison.Ordinal);
        Assert.NotEmpty(File.ReadAllLines(Path.Combine(folder["demo"], "log.jsonl")));

        byte[] weights = File.ReadAllBytes(Path.Combine(folder["demo"], "models", "wanda-50", "model.safetensors"));
        Assert.Equal(2, CliRun.Of("demo", "-o", folder["demo"], "--budget", "small").ExitCode);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(folder["demo"], "models", "wanda-50", "model.safetensors")));
    }
}
