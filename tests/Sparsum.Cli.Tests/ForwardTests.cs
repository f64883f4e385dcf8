using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class ForwardTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SharedTheory("oracle/models")]
    [InlineData("llama_gqa")]
    [InlineData("opt_350m_style")]
    [InlineData("gpt2")]
    [InlineData("phi2_style")]
    [InlineData("bert_cls")]
    [InlineData("bert_mlm")]
    [InlineData("t5_v1_0")]
    [InlineData("t5_v1_1")]
    public void Outputs_equal_those_of_the_reference_stack(string name)
    {
        string reference = SharedFiles.Path("oracle", "models", name, "reference.safetensors");
        var run = CliRun.Of(
            "forward", SharedFiles.Path("oracle", "models", name), "--input", reference, "-o", folder["out.safetensors"], "--hidden-states", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        using var expected = Checkpoint.Open(reference);
        using var actual = Checkpoint.Open(folder["out.safetensors"]);
        Assert.Equal([1], actual.Tensors["loss"].Shape);
        Assert.Equal(
            expected.Tensors.Keys.Where(IsOutput).Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (string tensor in actual.Tensors.Keys)
        {
            Assert.Equal(expected.Tensors[tensor].Shape, actual.Tensors[tensor].Shape);
            Numbers.AssertClose(Read(expected, tensor), Read(actual, tensor), 2e-5, tensor);
        }
    }

    [SharedTheory("oracle/models")]
    [InlineData("llama31_scaled_tied")]
    [InlineData("pythia_style")]
    [InlineData("gpt2")]
    [InlineData("t5_v1_0")]
    public void Gradients_equal_those_of_the_reference_stack(string name)
    {
        string reference = SharedFiles.Path("oracle", "models", name, "reference.safetensors");
        var run = CliRun.Of(
            "forward", SharedFiles.Path("oracle", "models", name), "--input", reference, "-o", folder["out.safetensors"], "--gradients", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "models", name, "grads.safetensors"));
        using var actual = Checkpoint.Open(folder["out.safetensors"]);
        Assert.Equal(
            expected.Tensors.Keys.Select(tensor => $"grad.{tensor}").Concat(["logits", "loss"]).Order(StringComparer.Ordinal),
            actual.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (string tensor in expected.Tensors.Keys)
        {
            Assert.Equal(expected.Tensors[tensor].Shape, actual.Tensors[$"grad.{tensor}"].Shape);
            Numbers.AssertClose(Read(expected, tensor), Read(actual, $"grad.{tensor}"), 5e-6, tensor);
        }
    }

    [Theory]
    [InlineData("[2.5, -0.25]")]
    [InlineData("[[2.5], [-0.25]]")]
    [InlineData("[3, 0]")]
    public void A_regression_takes_numbers_and_has_a_loss_and_gradients(string labels)
    {
        string model = TinyClassifier.Write(folder["model"], ["LABEL_0"], isRegression: true);
        File.WriteAllText(folder["in.json"], $$"""{ "input_ids": [[2, 5, 3], [2, 6, 3]], "labels": {{labels}} }""");

        var run = CliRun.Of("forward", model, "--input", folder["in.json"], "-o", folder["out.safetensors"], "--gradients", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        using var output = Checkpoint.Open(folder["out.safetensors"]);
        float[] logits = Read(output, "logits");
        double[] wanted = labels.StartsWith("[3", StringComparison.Ordinal) ? [3, 0] : [2.5, -0.25];
        double[] errors = [logits[0] - wanted[0], logits[1] - wanted[1]];
        Assert.Equal((Math.Pow(errors[0], 2) + Math.Pow(errors[1], 2)) / 2, Read(output, "loss")[0], 5e-6);

        // The bias of the last layer adds to every output: its gradient is the mean of twice the errors.
        Assert.Equal(errors[0] + errors[1], Read(output, "grad.classifier.bias")[0], 5e-6);
    }

    [Theory]
    [InlineData("[0.5, 1]", "malformed-input")]
    [InlineData("[1]", "shape-mismatch")]
    public void A_classifier_takes_whole_numbers_one_per_sequence(string labels, string code)
    {
        string model = TinyClassifier.Write(folder["model"], ["a", "b"]);
        File.WriteAllText(folder["in.json"], $$"""{ "input_ids": [[2, 5, 3], [2, 6, 3]], "labels": {{labels}} }""");
        var run = CliRun.Of("forward", model, "--input", folder["in.json"], "-o", folder["out.safetensors"], "--json");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void What_is_not_finite_is_written_only_when_asked_for()
    {
        // No label counts, so the loss is the mean of nothing.
        string model = TinyClassifier.Write(folder["model"], ["a", "b"]);
        File.WriteAllText(folder["in.json"], """{ "input_ids": [[2, 5, 3]], "labels": [-100] }""");
        string[] args = ["forward", model, "--input", folder["in.json"], "-o", folder["out.safetensors"], "--json"];
        var refused = CliRun.Of(args);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal("non-finite-output", refused.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.False(File.Exists(folder["out.safetensors"]));

        Assert.Equal(0, CliRun.Of([.. args, "--allow-non-finite"]).ExitCode);
        using var output = Checkpoint.Open(folder["out.safetensors"]);
        Assert.True(float.IsNaN(Read(output, "loss")[0]));
    }

    [Fact]
    public void Gradients_need_labels()
    {
        string model = TinyModel.Write(folder["model"]);
        File.WriteAllText(folder["input.json"], """{ "input_ids": [[1, 2]] }""");

        var run = CliRun.Of("forward", model, "--input", folder["input.json"], "-o", folder["out.safetensors"], "--gradients", "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("missing-input", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.False(File.Exists(folder["out.safetensors"]));
    }

    [Fact]
    public void Json_is_read_as_well()
    {
        string model = TinyModel.Write(folder["model"]);
        File.WriteAllText(
            folder["input.json"],
            """{ "input_ids": [[1, 2, 3], [4, 5, 0]], "attention_mask": [[1, 1, 1], [1, 1, 0]], "labels": [[1, 2, 3], [4, 5, -100]] }""");

        var run = CliRun.Of("forward", model, "--input", folder["input.json"], "-o", folder["out.safetensors"], "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        using var result = Checkpoint.Open(folder["out.safetensors"]);
        Assert.Equal([2, 3, 257], result.Tensors["logits"].Shape);

        // The mean over the three labels that follow a token and are not skipped.
        float[] logits = Read(result, "logits");
        double expected = (Loss(logits, 0, 2) + Loss(logits, 1, 3) + Loss(logits, 3, 5)) / 3;
        Assert.Equal(expected, run.Json.GetProperty("loss").GetDouble(), 1e-5);
    }

    [Theory]
    [InlineData("""{ "input_ids": [[1, 2], [3]] }""", "malformed-input")]
    [InlineData("""{ "input_ids": [[1, 257]] }""", "token-out-of-range")]
    [InlineData("""{ "input_ids": [[1, 2]], "labels": [[1, -1]] }""", "token-out-of-range")]
    [InlineData("""{ "input_ids": [[1, 2]], "attention_mask": [[1]] }""", "shape-mismatch")]
    [InlineData("""{ "input_ids": [] }""", "empty-input")]
    [InlineData("""{ "ids": [[1]] }""", "missing-input")]
    [InlineData("""{ "input_ids": """, "malformed-json")]
    public void Bad_input_is_refused_and_nothing_is_written(string json, string code)
    {
        string model = TinyModel.Write(folder["model"]);
        File.WriteAllText(folder["input.json"], json);

        var run = CliRun.Of("forward", model, "--input", folder["input.json"], "-o", folder["out.safetensors"], "--json");

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(folder["input.json"], run.Json.GetProperty("error").GetProperty("file").GetString());
        Assert.False(File.Exists(folder["out.safetensors"]));
    }

    [Theory]
    [InlineData("""{ "input_ids": [[1, 2]] }""", "missing-input")]
    [InlineData("""{ "input_ids": [[1, 2]], "labels": [[3], [4]] }""", "shape-mismatch")]
    [InlineData("""{ "input_ids": [[1, 2]], "labels": [[3]], "decoder_input_ids": [[0, 3]] }""", "shape-mismatch")]
    [InlineData("""{ "input_ids": [[1, 2]], "decoder_input_ids": [[0, 257]] }""", "token-out-of-range")]
    [InlineData("""{ "input_ids": [[1, 2]], "labels": [[257]] }""", "token-out-of-range")]
    public void Targets_that_do_not_fit_are_refused(string json, string code)
    {
        string model = TinyModel.WriteT5(folder["model"]);
        File.WriteAllText(folder["input.json"], json);

        var run = CliRun.Of("forward", model, "--input", folder["input.json"], "-o", folder["out.safetensors"], "--json");

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{ "input_ids": [[1, 2]], "decoder_input_ids": [[0, 3, 4]] }""")]
    [InlineData("""{ "input_ids": [[1, 2]], "labels": [[3, 4, -100]] }""")]
    public void Targets_are_given_or_follow_from_the_labels(string json)
    {
        string model = TinyModel.WriteT5(folder["model"]);
        File.WriteAllText(folder["input.json"], json);

        var run = CliRun.Of("forward", model, "--input", folder["input.json"], "-o", folder["out.safetensors"], "--hidden-states", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        using var result = Checkpoint.Open(folder["out.safetensors"]);
        Assert.Equal([1, 3, 257], result.Tensors["logits"].Shape);
        Assert.Equal([1, 2, 16], result.Tensors["encoder_hidden_states.2"].Shape);
        Assert.Equal([1, 3, 16], result.Tensors["decoder_hidden_states.2"].Shape);
    }

    [Fact]
    public void The_input_is_never_the_output()
    {
        string model = TinyModel.Write(folder["model"]);
        File.WriteAllText(folder["input.json"], """{ "input_ids": [[1]] }""");

        foreach (string target in new[] { folder["input.json"], Path.Combine(model, "model.safetensors"), folder["no/where.safetensors"] })
        {
            Assert.Equal(2, CliRun.Of("forward", model, "--input", folder["input.json"], "-o", target, "--json").ExitCode);
        }
    }

    private static bool IsOutput(string name) => name is "logits" or "loss" || name.Contains("hidden_states.", StringComparison.Ordinal);

    private static float[] Read(ICheckpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors[name].Shape.Aggregate(1, (product, size) => product * size)];
        checkpoint.Read(name, values);
        return values;
    }

    private static double Loss(float[] logits, int position, int label)
    {
        var row = logits.AsSpan(position * 257, 257).ToArray();
        return Math.Log(row.Sum(value => Math.Exp(value))) - row[label];
    }
}
