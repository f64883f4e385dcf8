using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class BenchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Both_models_are_measured_and_compared()
    {
        string model = TinyModel.Write(folder["model"]);
        string larger = TinyModel.Write(folder["larger"], blocks: 4);

        var run = CliRun.Of("bench", model, "--baseline", larger, "--length", "16", "--runs", "3", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        var items = run.Json.GetProperty("items");
        Assert.Equal([larger, model], items.EnumerateArray().Select(item => item.GetProperty("model").GetString()));
        Assert.Equal(1, items[0].GetProperty("ratio").GetDouble());
        Assert.True(items[0].GetProperty("bytesOnDisk").GetInt64() > items[1].GetProperty("bytesOnDisk").GetInt64());
        foreach (var item in items.EnumerateArray())
        {
            Assert.True(item.GetProperty("peakBytes").GetInt64() > 1_000_000);
            double median = item.GetProperty("medianMilliseconds").GetDouble();
            Assert.InRange(median, item.GetProperty("minMilliseconds").GetDouble(), item.GetProperty("maxMilliseconds").GetDouble());
            Assert.Equal(16_000 / median, item.GetProperty("tokensPerSecond").GetDouble(), 1e-6 * 16_000 / median);
            Assert.True(item.GetProperty("decode").GetProperty("medianMilliseconds").GetDouble() > 0);
        }
    }

    [Theory]
    [InlineData("bfloat16")]
    [InlineData("int8")]
    public void Weights_can_be_held_smaller(string storage)
    {
        string model = TinyModel.Write(folder["model"]);

        var run = CliRun.Of("bench", model, "--length", "8", "--runs", "1", "--storage", storage, "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(1, run.Json.GetProperty("items").GetArrayLength());
        Assert.Equal(storage, run.Json.GetProperty("options").GetProperty("storage").GetString());
    }

    [Fact]
    public void A_length_that_the_model_cannot_take_is_refused() =>
        Assert.Equal(2, CliRun.Of("bench", TinyModel.Write(folder["model"]), "--length", "4096", "--json").ExitCode);
}
