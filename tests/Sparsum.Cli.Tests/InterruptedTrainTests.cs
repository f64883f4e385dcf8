using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Training that is cancelled in the middle of an epoch, after heads and neurons have gone.</summary>
public sealed class InterruptedTrainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] line;

    public InterruptedTrainTests()
    {
        string model = TinyClassifier.Write(folder["model"], ["negative", "positive"]);
        string data = TinyClassifier.WriteSst2(folder["data"], train: 400);
        line =
        [
            "train", model, "--task", "sst2", "--data", data, "--batch-size", "4", "--epochs", "4", "--learning-rate", "0.005",
            "--method", "neuroprune", "--sparsity", "0.9", "--heads", "4", "--best", "--eval-steps", "50", "--checkpoint-steps", "1",
        ];
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("epoch 2:")]
    [InlineData("epoch 4:")]
    public void It_goes_on_and_ends_with_the_same_bytes(string? when)
    {
        Assert.Equal(0, CliRun.Of([.. line, "-o", folder["whole"], "--threads", "1"]).ExitCode);

        using var stop = new CancellationTokenSource();
        var error = new WatchedText(text =>
        {
            if (when is not null && text.Contains(when, StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        });
        string checkpoint = Path.Combine(folder["out.partial"], "checkpoint.safetensors");
        int exitCode = Bounded.RunUntil(
            () => SparsumCommand.Run([.. line, "-o", folder["out"]], TextWriter.Null, error, stop.Token),
            () => when is null && File.Exists(checkpoint),
            stop.Cancel);

        Assert.Equal(130, exitCode);
        Assert.Contains("--resume", error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
        Assert.Equal("unfinished-run", CliRun.Of([.. line, "-o", folder["out"], "--json"]).Json.GetProperty("error").GetProperty("code").GetString());
        var resumed = CliRun.Of([.. line, "-o", folder["out"], "--resume", "--json"]);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());

        foreach (string name in new[] { "model.safetensors", "config.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], name)), File.ReadAllBytes(Path.Combine(folder["out"], name)));
        }

        Assert.Equal(4, resumed.Json.GetProperty("epochs").GetArrayLength());
        Assert.Equal(8, resumed.Json.GetProperty("evaluations").GetArrayLength());
        Assert.Equal(4, resumed.Json.GetProperty("headsLeft").GetInt32());
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    /// <summary>Text that somebody reads as it is written.</summary>
    private sealed class WatchedText(Action<string> onLine) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            onLine(value ?? "");
        }
    }
}
