using System.Text;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Every bad input is exit code 2, a JSON error that names what is wrong, and no output.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public BadInputTests() => model = TinyModel.Write(folder["model"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_model_that_is_not_there() => Refuses("missing-config", folder["nowhere"]);

    [Fact]
    public void An_unknown_architecture()
    {
        TinyModel.EditConfig(model, config => config["model_type"] = "perceptron");
        Refuses("unknown-architecture", model, file: "config.json", found: "perceptron", expected: "llama");
    }

    [Fact]
    public void Shapes_that_disagree_with_the_configuration()
    {
        TinyModel.EditConfig(model, config => config["intermediate_size"] = 48);
        Refuses("shape-mismatch", model);
    }

    [Fact]
    public void A_missing_shard()
    {
        File.Delete(Path.Combine(model, "model.safetensors"));
        File.WriteAllText(
            Path.Combine(model, "model.safetensors.index.json"),
            """{ "metadata": { "total_size": 4 }, "weight_map": { "model.norm.weight": "model-00001-of-00002.safetensors" } }""");
        Refuses("missing-shard", model);
    }

    [Fact]
    public void Weights_that_are_not_numbers()
    {
        string path = Path.Combine(model, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        int middle = bytes.Length / 8 * 4;
        BitConverter.TryWriteBytes(bytes.AsSpan(middle), float.NaN);
        File.WriteAllBytes(path, bytes);
        Refuses("non-finite-weights", model, file: "model.safetensors");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-0.1")]
    [InlineData("NaN")]
    [InlineData("half")]
    public void A_sparsity_out_of_range(string sparsity) =>
        Refuses("invalid-option", model, "--sparsity", found: sparsity, expected: "[0, 1)", args: ["--sparsity", sparsity]);

    [Theory]
    [InlineData("0:4")]
    [InlineData("4:4")]
    [InlineData("2-4")]
    public void A_malformed_pattern(string pattern) =>
        Refuses("malformed-pattern", model, "--pattern", found: pattern, args: ["--pattern", pattern]);

    [Fact]
    public void A_pattern_that_does_not_divide_a_layer() => Refuses(null, model, args: ["--pattern", "3:7"]);

    [Fact]
    public void A_pattern_together_with_a_sparsity() =>
        Refuses("conflicting-options", model, "--pattern", args: ["--pattern", "2:4", "--sparsity", "0.5"]);

    [Fact]
    public void An_unknown_method() =>
        Refuses("unknown-method", model, "--method", found: "wander", expected: "wanda", args: ["--method", "wander"]);

    [Fact]
    public void An_unknown_allocation() =>
        Refuses("unknown-allocation", model, "--allocation", found: "fair", expected: "uniform", args: ["--allocation", "fair"]);

    [Theory]
    [InlineData("owl", "invalid-option")]
    [InlineData("owl=5", "invalid-option")]
    [InlineData(".m=5", "invalid-option")]
    [InlineData("wanda.speed=5", "unknown-setting")]
    public void A_setting_that_is_malformed_or_unknown(string setting, string code) =>
        Refuses(code, model, "--set", args: ["--set", setting]);

    [Fact]
    public void Calibration_that_is_missing() => Refuses("missing-calibration", model, "--calibration", args: ["--method", "wanda"]);

    [Fact]
    public void Calibration_that_is_not_there() =>
        Refuses("missing-file", model, "nowhere.txt", args: ["--method", "wanda", "--calibration", folder["nowhere.txt"]]);

    [Theory]
    [InlineData("empty.txt", "")]
    [InlineData("empty.jsonl", "{\"text\": \"  \"}\n")]
    [InlineData("short.txt", "too short")]
    [InlineData("short.jsonl", "{\"text\": \"too short\"}\n{\"text\": \"this one, too\"}\n")]
    [InlineData("broken.jsonl", "{\"text\": \n")]
    public void Calibration_text_that_is_empty_short_or_malformed(string name, string content)
    {
        File.WriteAllText(folder[name], content, Encoding.UTF8);
        Refuses(null, model, name, args: ["--method", "wanda", "--calibration", folder[name], "--sequence-length", "32"]);
    }

    [Fact]
    public void An_output_that_is_the_input()
    {
        byte[] before = File.ReadAllBytes(Path.Combine(model, "model.safetensors"));
        var run = CliRun.Of("prune", model, "-o", model, "--method", "magnitude", "--force", "--json");

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal("output-is-input", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(model, "model.safetensors")));
    }

    private void Refuses(
        string? code, string input, string? file = null, string? found = null, string? expected = null, string[]? args = null)
    {
        string[] line = ["prune", input, "-o", folder["out"], .. args ?? [], "--json"];
        if (args is null || !args.Contains("--method"))
        {
            line = [.. line, "--method", "magnitude"];
        }

        var run = CliRun.Of(line);

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root, "out*"));
        var error = run.Json.GetProperty("error");
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("hint").GetString() ?? error.GetProperty("expected").GetString()!);
        if (code is not null)
        {
            Assert.Equal(code, error.GetProperty("code").GetString());
        }

        AssertContains(file, error.GetProperty("file").GetString());
        AssertContains(found, error.GetProperty("found").GetString());
        AssertContains(expected, error.GetProperty("expected").GetString());
    }

    private static void AssertContains(string? part, string? actual)
    {
        if (part is not null)
        {
            Assert.Contains(part, actual, StringComparison.Ordinal);
        }
    }
}
