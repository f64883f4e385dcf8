using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Real processes hold the memory that they planned: the high-water mark of all that they ever had, runtime included.</summary>
public sealed class MemoryPlanTests : IDisposable
{
    /// <summary>How much of a plan may be left over; measured on a quiet machine it is less than 1.25.</summary>
    private const double MostOfPeak = 1.4;

    private readonly TemporaryFolder folder = new();
    private readonly string[] options;

    public MemoryPlanTests()
    {
        string model = TinyModel.Write(folder["model"], blocks: 3, hiddenSize: 640);
        string text = TinyModel.WriteText(folder["text.jsonl"]);
        options = ["prune", model, "-o", folder["out"], "--calibration", text, "--samples", "128", "--sequence-length", "32", "--threads", "2"];
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("sparsegpt", "uniform")]
    [InlineData("wanda", "besa", "besa.granularity=row")]
    [InlineData("wanda", "neuronal", "neuronal.block-lambdas=0.05,0.1", "neuronal.row-lambdas=0,0.1")]
    public void A_run_takes_what_it_planned(string method, string allocation, params string[] settings)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string[] all = [.. options, "--method", method, "--allocation", allocation, .. settings.SelectMany(setting => new[] { "--set", setting })];
        Assert.Equal("", Run(all));

        long planned = Number("pruning.json", "memory", "peakBytes");
        long taken = Number("run.json", "peakBytes");
        Assert.InRange(planned, taken, (long)(MostOfPeak * taken));

        // The plan is the limit: with a megabyte less the run is refused before it starts.
        string refusal = Run([.. all, "--force", "--max-memory", ((planned - 1_000_000) / 1e9).ToString(CultureInfo.InvariantCulture)]);
        Assert.Contains("more memory than there is", refusal, StringComparison.Ordinal);
    }

    /// <summary>What a process of its own says of an error; nothing where all went well.</summary>
    private static string Run(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(SparsumCommand).Assembly.Location, .. arguments, "--quiet"]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : error;
    }

    private long Number(string file, params string[] path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder["out"], file)));
        return path.Aggregate(json.RootElement, (element, key) => element.GetProperty(key)).GetInt64();
    }
}
