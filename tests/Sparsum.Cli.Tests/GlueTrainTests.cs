using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>All nine tasks of GLUE on an encoder, from files in the layout in which the benchmark publishes them, quirks included.</summary>
public sealed class GlueTrainTests : IDisposable
{
    private const string MnliColumns = "index|promptID|pairID|genre|sentence1_binary_parse|sentence2_binary_parse|sentence1_parse|sentence2_parse|sentence1|sentence2";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cola", "matthews")]
    [InlineData("sst2", "accuracy")]
    [InlineData("mrpc", "accuracy,f1,combined")]
    [InlineData("stsb", "pearson,spearman,combined")]
    [InlineData("qqp", "accuracy,f1,combined")]
    [InlineData("mnli", "accuracy,accuracyMismatched")]
    [InlineData("qnli", "accuracy")]
    [InlineData("rte", "accuracy")]
    [InlineData("wnli", "accuracy")]
    public void Trains_and_measures(string task, string metrics)
    {
        string data = WriteTask(task);
        string model = TinyClassifier.Write(folder["model"]);
        var run = CliRun.Of("train", model, "-o", folder["out"], "--task", task, "--data", data, "--epochs", "16", "--learning-rate", task == "stsb" ? "0.005" : "0.02", "--batch-size", "8", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        var measured = run.Json.GetProperty("metrics");
        Assert.Equal(metrics.Split(','), measured.EnumerateObject().Select(metric => metric.Name));
        Assert.Equal(24, run.Json.GetProperty("trainExamples").GetInt32());
        Assert.All(measured.EnumerateObject(), metric => Assert.InRange(metric.Value.GetDouble(), -1, 1));
        Assert.True(measured.EnumerateObject().First().Value.GetDouble() > 0.4, run.Output);

        var evaluation = CliRun.Of("evaluate", folder["out"], "--task", task, "--data", data, "--json");
        Assert.True(evaluation.ExitCode == 0, evaluation.ToString());
        Assert.Equal(task == "mnli" ? 20 : 10, evaluation.Json.GetProperty("examples").GetInt32());
        foreach (var metric in measured.EnumerateObject())
        {
            // Packed weights and batches of another size round otherwise; only correlations of numbers show it.
            double tolerance = task == "stsb" ? 1e-5 : 1e-9;
            Assert.Equal(metric.Value.GetDouble(), evaluation.Json.GetProperty("metrics").GetProperty(metric.Name).GetDouble(), tolerance);
        }
    }

    [Theory]
    [InlineData("cola", "gj04|2||the film is good", "unknown-label", 25)]
    [InlineData("qnli", "24|the film is good|the plot is bad|maybe", "unknown-label", 26)]
    [InlineData("mnli", "24|the film is good", "column-count", 26)]
    [InlineData("stsb", "24|g|f|2012|24|n|n|the film|the plot|6.2", "unknown-label", 26)]
    public void A_line_that_does_not_fit_is_named(string task, string line, string code, int number)
    {
        string data = WriteTask(task);
        File.AppendAllText(Path.Combine(data, "train.tsv"), line.Replace('|', '\t') + "\n");

        var run = CliRun.Of("train", TinyClassifier.Write(folder["model"]), "-o", folder["out"], "--task", task, "--data", data, "--epochs", "1", "--json");

        Assert.Equal(2, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains($"Line {number} ", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void A_model_of_another_task_is_refused()
    {
        string model = TinyClassifier.Write(folder["model"], ["entailment", "not_entailment"]);
        var run = CliRun.Of("evaluate", model, "--task", "wnli", "--data", WriteTask("wnli"), "--json");
        Assert.Equal(0, run.ExitCode);
        run = CliRun.Of("evaluate", model, "--task", "mnli", "--data", WriteTask("mnli"), "--json");
        Assert.Equal("label-mismatch", run.Json.GetProperty("error").GetProperty("code").GetString());
        run = CliRun.Of("evaluate", model, "--task", "stsb", "--data", WriteTask("stsb"), "--json");
        Assert.Equal("label-mismatch", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>24 examples to train on and 10 to measure on; good words make the label.</summary>
    private string WriteTask(string task)
    {
        string data = folder[task];
        switch (task)
        {
            case "cola":
                Write(data, "train.tsv", 24, null, (i, good) => $"gj04|{(good ? 1 : 0)}|{(good ? "" : "*")}|{Text(i, good)}");
                Write(data, "dev.tsv", 10, null, (i, good) => $"gj04|{(good ? 1 : 0)}|{(good ? "" : "*")}|{Text(i, good)}");
                break;
            case "sst2":
                Both(data, "sentence|label", (i, good) => $"{Text(i, good)} |{(good ? 1 : 0)}");
                break;
            case "mrpc":
                // The published files begin with a byte order mark, and a quotation mark is a character.
                Both(data, "\uFEFFQuality|#1 ID|#2 ID|#1 String|#2 String", (i, good) => $"{(good ? 1 : 0)}|{i}|{i + 100}|\" {Text(i, good)}|{Text(i + 1, good)}");
                break;
            case "stsb":
                Both(data, "index|genre|filename|year|old_index|source1|source2|sentence1|sentence2|score", (i, good) =>
                    $"{i}|g|f|2012|{i}|none|none|{Text(i, good)}|{Text(i + 1, true)}|{(good ? 5 : 1):F3}");
                break;
            case "qqp":
                // Some rows of the published files are cut short.
                Both(data, "id|qid1|qid2|question1|question2|is_duplicate", (i, good) =>
                    $"{i}|{i}|{i}|{Text(i, good)}|{Text(i + 1, good)}|{(good ? 1 : 0)}" + (i == 3 ? "\nhalf a row" : ""));
                break;
            case "mnli":
                Write(data, "train.tsv", 24, $"{MnliColumns}|label1|gold_label", (i, good) => $"{MnliTexts(i, good)}|neutral|{MnliLabel(i, good)}");
                foreach (string name in new[] { "dev_matched.tsv", "dev_mismatched.tsv" })
                {
                    Write(data, name, 10, $"{MnliColumns}|label1|label2|label3|label4|label5|gold_label", (i, good) =>
                        $"{MnliTexts(i, good)}|neutral|neutral|neutral|neutral|neutral|{MnliLabel(i, good)}");
                }

                break;
            case "qnli":
                Both(data, "index|question|sentence|label", (i, good) => $"{i}|{Text(i, good)}|{Text(i + 1, good)}|{(good ? "entailment" : "not_entailment")}");
                break;
            case "rte":
                Both(data, "index|sentence1|sentence2|label", (i, good) => $"{i}|{Text(i, good)}|{Text(i + 1, good)}|{(good ? "entailment" : "not_entailment")}");
                break;
            default:
                Both(data, "index|sentence1|sentence2|label", (i, good) => $"{i}|{Text(i, good)}|{Text(i + 1, good)}|{(good ? 1 : 0)}");
                break;
        }

        return data;
    }

    private static string MnliTexts(int i, bool good) => $"{i}|{i}n|{i}p|fiction|( a )|( b )|(ROOT a)|(ROOT b)|{Text(i, good)}|{Text(i + 1, good)}";

    private static string MnliLabel(int i, bool good) => good ? "entailment" : i % 5 == 1 ? "neutral" : "contradiction";

    private static string Text(int i, bool good) => $"the {new[] { "film", "plot", "cast" }[i % 3]} is {(good ? new[] { "good", "great" } : ["bad", "dull"])[i % 2]}";

    private static void Both(string data, string header, Func<int, bool, string> line)
    {
        Write(data, "train.tsv", 24, header, line);
        Write(data, "dev.tsv", 10, header, line);
    }

    private static void Write(string data, string name, int count, string? header, Func<int, bool, string> line)
    {
        Directory.CreateDirectory(data);
        var lines = Enumerable.Range(0, count).Select(i => line(i, i * 7 % 5 < 2)).Prepend(header).OfType<string>();
        File.WriteAllText(Path.Combine(data, name), string.Join('\n', lines).Replace('|', '\t') + "\n");
    }
}
