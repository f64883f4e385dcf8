using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class TrainTests : IDisposable
{
    private static readonly string[] Labels = ["negative", "positive"];

    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string data;

    public TrainTests()
    {
        model = TinyClassifier.Write(folder["model"], Labels);
        data = TinyClassifier.WriteSst2(folder["data"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_classifier_learns_and_measures_the_same_when_it_is_read_back()
    {
        var json = Train("out").Json;

        Assert.Equal(1, json.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 0.1);
        Assert.Equal(32, json.GetProperty("examples").GetInt32());
        Assert.Equal("train", json.GetProperty("command").GetString());
        Assert.Equal([4, 4], json.GetProperty("heads").EnumerateArray().Select(heads => heads.GetInt32()));
        var epochs = json.GetProperty("epochs").EnumerateArray().ToList();
        Assert.Equal(4, epochs.Count);
        Assert.True(epochs[3].GetProperty("loss").GetDouble() < epochs[0].GetProperty("loss").GetDouble());
        Assert.All(epochs, epoch => Assert.Equal(epoch.GetProperty("taskGradientNorm").GetDouble(), epoch.GetProperty("totalGradientNorm").GetDouble()));
        Assert.All(epochs, epoch => Assert.True(epoch.GetProperty("seconds").GetDouble() > 0));
        Assert.True(json.GetProperty("trainSeconds").GetDouble() < json.GetProperty("seconds").GetDouble());

        Assert.False(Directory.Exists(folder["out.partial"]));
        Assert.Equal(
            [".sparsum.json", "LICENSE", "README.md", "config.json", "log.jsonl", "model.safetensors", "run.json", "tokenizer_config.json", "vocab.txt"],
            Directory.GetFiles(folder["out"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.Equal(json.GetProperty("metrics").ToString(), Evaluate("out").GetProperty("metrics").ToString());
    }

    [Fact]
    public void The_course_of_a_run_is_written_for_tensorboard()
    {
        var json = Train("out", "--tensorboard", folder["logs"]).Json;
        var events = EventReader.Read(File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder["logs"], "events.out.tfevents.*"))));
        var steps = events.Where(entry => entry.Values.ContainsKey("train/loss")).ToList();
        Assert.Equal(Enumerable.Range(1, json.GetProperty("steps").GetInt32()), steps.Select(entry => (int)entry.Step));
        Assert.True(steps[^1].Values["train/learning_rate"] < steps[0].Values["train/learning_rate"]);
        var epochs = events.Where(entry => entry.Values.ContainsKey("epoch/loss")).ToList();
        Assert.Equal(
            json.GetProperty("epochs").EnumerateArray().Select(epoch => (
                epoch.GetProperty("step").GetInt64(), (float)epoch.GetProperty("loss").GetDouble(), (float)epoch.GetProperty("score").GetDouble())),
            epochs.Select(entry => (entry.Step, entry.Values["epoch/loss"], entry.Values["evaluation/score"])));
        Assert.All(epochs, entry => Assert.Equal(8, entry.Values["model/heads"]));
        Assert.All(events, entry => Assert.InRange(entry.WallTime, 1.7e9, 1e10));
    }

    [Theory]
    [InlineData("out/logs")]
    [InlineData("model")]
    public void Event_files_do_not_go_where_a_run_reads_or_writes(string place)
    {
        var run = CliRun.Of("train", model, "-o", folder["out"], "--task", "sst2", "--data", data, "--tensorboard", folder[place], "--json");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("invalid-option", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void Targets_are_met_exactly_and_said_in_the_record()
    {
        var json = Train("out", "--method", "neuroprune", "--sparsity", "0.8", "--heads", "3").Json;

        // Query, key and value 3 * 16 * 16 and the MLP 2 * 16 * 32 in each of two blocks.
        const int Dense = 2 * (768 + 1024);
        Assert.Equal(0.8, json.GetProperty("sparsity").GetDouble(), 1.0 / Dense);
        Assert.Equal(3, json.GetProperty("headsLeft").GetInt32());
        Assert.Equal(3, json.GetProperty("heads").EnumerateArray().Sum(heads => heads.GetInt32()));
        var shares = json.GetProperty("sparsities");
        Assert.Equal(Dense, shares.GetProperty("regularised").GetProperty("dense").GetInt64());
        Assert.True(shares.GetProperty("regularised").GetProperty("removed").GetInt64() >= 5 * 4 * 16 * 3);
        Assert.Equal(Dense + 512, shares.GetProperty("plusOutput").GetProperty("dense").GetInt64());
        Assert.True(shares.GetProperty("all").GetProperty("sparsity").GetDouble() < 0.8);
        Assert.True(json.GetProperty("zeroRows").GetInt64() >= 5 * 4 * 3);
        Assert.True(json.GetProperty("budget").GetProperty("distance").GetDouble() > 0);
        Assert.Equal("coupled", json.GetProperty("settings").GetProperty("neuroprune.penalty-mode").GetString());
        Assert.Equal(
            0.8,
            new[] { "zerosBefore", "byPenalty", "byStructure", "byThreshold" }.Sum(source => json.GetProperty(source).GetDouble()),
            1.0 / Dense);
        Assert.Contains("alpha", json.GetProperty("epochs")[0].EnumerateObject().Select(field => field.Name));

        var insights = json.GetProperty("insights");
        Assert.Equal(5, insights.GetProperty("removedHeads").GetArrayLength());
        Assert.Equal(5, insights.GetProperty("headsRemovedPerModule").EnumerateArray().Sum(count => count.GetInt32()));
        Assert.True(insights.GetProperty("relativeImportanceOfRemoved").GetDouble() > 0);
        var connectivity = insights.GetProperty("connectivity");
        Assert.Equal(2 * (32 + 16), connectivity.GetProperty("rows").GetInt32());
        Assert.Equal(100, connectivity.GetProperty("histogram").GetArrayLength());
        Assert.Equal(96, connectivity.GetProperty("histogram").EnumerateArray().Sum(count => count.GetInt32()));
        Assert.Equal(4, insights.GetProperty("matrices").GetArrayLength());
        Assert.Equal(2, json.GetProperty("blocks").GetArrayLength());

        double[] zerosOfHeads = ZerosOfHeads(json);
        foreach (var removed in insights.GetProperty("removedHeads").EnumerateArray())
        {
            Assert.Equal(1, zerosOfHeads[(4 * removed.GetProperty("block").GetInt32()) + removed.GetProperty("head").GetInt32()]);
        }

        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["out"], "config.json")));
        var pruned = config.RootElement.GetProperty("pruned_heads");
        Assert.Equal(5, pruned.EnumerateObject().Sum(block => block.Value.GetArrayLength()));
        Assert.Equal(2, config.RootElement.GetProperty("neuroprune").GetProperty("modules").GetArrayLength());
        Assert.Equal(json.GetProperty("metrics").ToString(), Evaluate("out").GetProperty("metrics").ToString());
        Assert.Equal(0, CliRun.Of("inspect", folder["out"], "--json").ExitCode);
    }

    [Fact]
    public void Zeros_are_counted_by_head()
    {
        double[] zeros = ZerosOfHeads(Train("out", "--method", "magnitude", "--sparsity", "0.5").Json);
        Assert.All(zeros, share => Assert.InRange(share, 0.1, 0.9));
        Assert.True(zeros.Distinct().Count() > 4);
    }

    [Fact]
    public void More_zeros_than_were_asked_for_are_said_in_the_record()
    {
        string[] strong = ["--method", "l1", "--penalty-mode", "proximal", "--lambda", "1", "--sparsity", "0.2"];
        var quantile = Train("quantile", [.. strong, "--set", "l1.targetMode=quantile"]);
        var ramp = Train("ramp", [.. strong, "--set", "l1.target-mode=ramp"]);

        const int Dense = 2 * (768 + 1024);
        long excess = quantile.Json.GetProperty("excessZeros").GetInt64();
        Assert.InRange(excess, 100, Dense);
        Assert.Equal(0.2 + ((double)excess / Dense), quantile.Json.GetProperty("sparsity").GetDouble(), 1.0 / Dense);
        Assert.Contains($"{excess} weights more are zero than the sparsity of 0.2 asks for", quantile.Error, StringComparison.Ordinal);
        Assert.Equal(0, ramp.Json.GetProperty("excessZeros").GetInt64());
        Assert.Equal(0.2, ramp.Json.GetProperty("sparsity").GetDouble(), 1.0 / Dense);
        Assert.DoesNotContain("weights more are zero", ramp.Error, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, Train("free", "--method", "l1", "--lambda", "0.01").Json.GetProperty("excessZeros").ValueKind);
    }

    [Fact]
    public void A_finished_run_that_is_to_go_on_says_so()
    {
        double accuracy = Train("out").Json.GetProperty("metrics").GetProperty("accuracy").GetDouble();
        byte[] weights = File.ReadAllBytes(Weights("out"));

        var again = Train("out", "--resume").Json;

        Assert.True(again.GetProperty("finished").GetBoolean());
        Assert.Equal(accuracy, again.GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Equal(weights, File.ReadAllBytes(Weights("out")));
        var other = CliRun.Of("train", model, "-o", folder["out"], "--task", "sst2", "--data", data, "--epochs", "7", "--resume", "--json");
        Assert.Equal("other-run", other.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void The_published_profile_is_the_default()
    {
        var json = Train("out", "--method", "neuroprune", "--head-criterion", "both").Json;

        var epoch = json.GetProperty("epochs")[0];
        Assert.Equal((0.01, 0.01, 0.15), (epoch.GetProperty("alpha").GetDouble(), epoch.GetProperty("beta").GetDouble(), epoch.GetProperty("theta").GetDouble()));
        Assert.Equal(0, json.GetProperty("byThreshold").GetDouble());
        Assert.Equal("both", json.GetProperty("settings").GetProperty("neuroprune.head-criterion").GetString());
        var profile = CliRun.Of(
            "train", model, "-o", folder["profile"], "--task", "sst2", "--data", data, "--method", "neuroprune", "--max-examples", "16", "--json").Json;
        Assert.Equal(1, profile.GetProperty("options").GetProperty("epochs").GetInt32());
        Assert.Equal(8, profile.GetProperty("options").GetProperty("batchSize").GetInt32());
    }

    [Fact]
    public void Without_target_epsilon_decides()
    {
        var json = Train("out", "--method", "l1", "--lambda", "0.01", "--epsilon", "0.001").Json;

        double sparsity = json.GetProperty("sparsity").GetDouble();
        Assert.InRange(sparsity, 0.05, 1);
        Assert.Equal(sparsity, json.GetProperty("sparsityAtEpsilon").GetDouble());
        Assert.Equal(sparsity, json.GetProperty("sparsityBeforeFinish").GetDouble());
        Assert.InRange(json.GetProperty("tau").GetDouble(), 0.0001, 0.001);
        Assert.All(
            json.GetProperty("epochs").EnumerateArray(),
            epoch => Assert.True(epoch.GetProperty("totalGradientNorm").GetDouble() > epoch.GetProperty("taskGradientNorm").GetDouble()));
    }

    [Fact]
    public void The_best_state_is_kept_rather_than_the_last()
    {
        // Rates that are far too high make the score go up and down; the first run that ends below its best shows something.
        var (json, evaluations, best) = new[] { "0.03", "0.05", "0.1", "0.2", "0.3" }
            .Select(rate => Train("out", "--learning-rate", rate, "--schedule", "constant", "--epochs", "5", "--best", "--eval-steps", "1", "--force").Json)
            .Select(run => (Json: run, Evaluations: Evaluations(run), Best: Evaluations(run).Max(Score)))
            .First(run => run.Best > Score(run.Evaluations[^1]));
        Assert.Equal(
            json.GetProperty("bestStep").GetInt32(),
            evaluations.Where(evaluation => Score(evaluation) == best).Min(evaluation => evaluation.GetProperty("step").GetInt32()));
        Assert.Equal(best, json.GetProperty("metrics").GetProperty("accuracy").GetDouble());
        Assert.Equal(json.GetProperty("metrics").ToString(), Evaluate("out").GetProperty("metrics").ToString());

        static double Score(JsonElement evaluation) => evaluation.GetProperty("score").GetDouble();

        static List<JsonElement> Evaluations(JsonElement run) =>
            [.. run.GetProperty("evaluations").EnumerateArray(), .. run.GetProperty("epochs").EnumerateArray()];
    }

    [Fact]
    public void A_model_for_masked_words_gets_a_head()
    {
        string masked = TinyClassifier.Write(folder["masked"]);
        var run = CliRun.Of(["train", masked, "-o", folder["out"], "--task", "sst2", "--data", data, .. Usual(6), "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());

        Assert.Equal(1, run.Json.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 0.1);
        using var trained = PretrainedModel.Open(folder["out"]);
        Assert.Equal(ModelTask.SequenceClassification, trained.Task);
        Assert.Equal(Labels, LabelSet.Of(trained.ModelConfig).Names);
        Assert.Empty(trained.FreshParameters);
    }

    /// <summary>An encoder without a head gets the one of the task, whatever its architecture makes of it otherwise.</summary>
    [Theory]
    [InlineData("BertForMaskedLM")]
    [InlineData("BertModel")]
    public void A_regression_is_measured_by_correlation(string architecture)
    {
        string stsb = TinyClassifier.WriteStsb(folder["stsb"]);
        string encoder = TinyClassifier.Write(folder["masked"]);
        TinyModel.EditConfig(encoder, config => config["architectures"] = new JsonArray(architecture));
        var run = CliRun.Of(["train", encoder, "-o", folder["out"], "--task", "sts-b", "--data", stsb, .. Usual(12), "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());

        Assert.True(run.Json.GetProperty("metrics").GetProperty("pearson").GetDouble() > 0.6, run.Output);
        Assert.Equal(["pearson", "spearman", "combined"], run.Json.GetProperty("metrics").EnumerateObject().Select(metric => metric.Name));
        var again = Evaluate("out", "stsb", stsb).GetProperty("metrics");
        Assert.All(
            run.Json.GetProperty("metrics").EnumerateObject(),
            metric => Assert.Equal(metric.Value.GetDouble(), again.GetProperty(metric.Name).GetDouble(), 1e-6));
    }

    [Fact]
    public void Both_development_sets_of_mnli_are_measured_whatever_the_order_of_labels()
    {
        string mnli = TinyClassifier.WriteMnli(folder["mnli"]);
        string other = TinyClassifier.Write(folder["three"], ["CONTRADICTION", "entailment", "neutral"]);
        var run = CliRun.Of(["train", other, "-o", folder["out"], "--task", "mnli", "--data", mnli, .. Usual(30), "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());

        var metrics = run.Json.GetProperty("metrics");
        Assert.Equal(["accuracy", "accuracyMismatched"], metrics.EnumerateObject().Select(metric => metric.Name));
        Assert.True(metrics.GetProperty("accuracy").GetDouble() > 0.6, run.Output);
        var evaluation = Evaluate("out", "mnli", mnli);
        Assert.Equal(metrics.ToString(), evaluation.GetProperty("metrics").ToString());
        Assert.Equal(27, evaluation.GetProperty("examples").GetInt32());
    }

    [Fact]
    public void Labels_are_matched_by_name()
    {
        Train("out");
        double accuracy = Evaluate("out").GetProperty("metrics").GetProperty("accuracy").GetDouble();
        TinyModel.EditConfig(folder["out"], config =>
        {
            config["id2label"] = new JsonObject { ["0"] = "Positive", ["1"] = "negative" };
            config["label2id"] = new JsonObject { ["Positive"] = 0, ["negative"] = 1 };
        });

        Assert.Equal(1 - accuracy, Evaluate("out").GetProperty("metrics").GetProperty("accuracy").GetDouble(), 1e-12);
    }

    [Fact]
    public void A_fresh_head_takes_the_labels_of_the_task()
    {
        string other = TinyClassifier.Write(folder["three"], ["a", "b", "c"]);
        string[] line = ["train", other, "-o", folder["out"], "--task", "sst2", "--data", data, .. Usual(8), "--json"];
        Assert.Equal("label-mismatch", CliRun.Of(line).Json.GetProperty("error").GetProperty("code").GetString());

        var run = CliRun.Of([.. line, "--fresh-head"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(1, run.Json.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 0.1);
    }

    [Fact]
    public void The_first_examples_of_a_shuffle_are_enough()
    {
        var few = Train("few", "--max-examples", "20", "--epochs", "1").Json;
        var again = Train("again", "--max-examples", "20", "--epochs", "1").Json;
        var other = Train("other", "--max-examples", "20", "--epochs", "1", "--seed", "1").Json;

        Assert.Equal(20, few.GetProperty("trainExamples").GetInt32());
        Assert.Equal(File.ReadAllBytes(Weights("few")), File.ReadAllBytes(Weights("again")));
        Assert.NotEqual(few.GetProperty("trainDataFingerprint").GetString(), other.GetProperty("trainDataFingerprint").GetString());
        Assert.Equal(few.GetProperty("trainDataFingerprint").GetString(), again.GetProperty("trainDataFingerprint").GetString());
    }

    [Fact]
    public void Methods_and_settings_are_listed()
    {
        var run = CliRun.Of("train", "--help-methods");

        Assert.Equal(0, run.ExitCode);
        Snapshot.Match("help-sparse-methods", run.Output);
        Assert.Contains("neuroprune", CliRun.Of("train", "--help-methods", "--json").Json.GetProperty("methods").EnumerateArray().Select(method => method.GetProperty("name").GetString()));
    }

    private static string[] Usual(int epochs) => ["--epochs", $"{epochs}", "--batch-size", "8", "--learning-rate", "0.01"];

    /// <summary>The zeros of two times four heads, which together are those of query, key and value.</summary>
    private static double[] ZerosOfHeads(JsonElement json)
    {
        var modules = json.GetProperty("insights").GetProperty("headZeros");
        Assert.Equal(["0 self", "1 self"], modules.EnumerateArray().Select(module => $"{module.GetProperty("block")} {module.GetProperty("kind").GetString()}"));
        double[] zeros = [.. modules.EnumerateArray().SelectMany(module => module.GetProperty("shares").EnumerateArray()).Select(share => share.GetDouble())];
        Assert.Equal(8, zeros.Length);
        double ofLayers = json.GetProperty("blocks").EnumerateArray().SelectMany(block => block.GetProperty("layers").EnumerateArray())
            .Where(layer => !layer.GetProperty("name").GetString()!.Contains("dense", StringComparison.Ordinal)).Average(layer => layer.GetProperty("sparsity").GetDouble());
        Assert.Equal(ofLayers, zeros.Average(), 1e-9);
        return zeros;
    }

    private CliRun Train(string output, params string[] more)
    {
        string[] usual = more.Contains("--epochs") ? ["--batch-size", "8"] : ["--epochs", "4", "--batch-size", "8"];
        string[] rate = more.Contains("--learning-rate") ? [] : ["--learning-rate", "0.01"];
        var run = CliRun.Of(["train", model, "-o", folder[output], "--task", "sst2", "--data", data, .. usual, .. rate, .. more, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    private string Weights(string output) => Path.Combine(folder[output], "model.safetensors");

    private JsonElement Evaluate(string output, string task = "sst2", string? files = null)
    {
        var run = CliRun.Of("evaluate", folder[output], "--task", task, "--data", files ?? data, "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        return run.Json;
    }
}
