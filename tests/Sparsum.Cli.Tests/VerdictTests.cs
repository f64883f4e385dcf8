using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Running;
using Sparsum.Cli.Tests.Support;
using Sparsum.Cli.Verdicts;
using Sparsum.Evaluation.Latency;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class VerdictTests : IDisposable
{
    private static readonly VerdictRequest Request = new() { Output = "out", Before = "model", BeforeName = "model", HeldOutSource = "none" };

    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public VerdictTests() => model = TinyModel.Write(folder["model"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Prune_measures_both_models_and_keeps_what_it_says()
    {
        string[] rows = [.. Enumerable.Range(0, 12).Select(row => $"[{string.Join(", ", Enumerable.Range(0, 20).Select(i => ((row * 31) + (i * i)) % 256))}]")];
        folder.Write("ids.json", $$"""{"input_ids": [{{string.Join(", ", rows)}}]}""")
            .Write("rest.json", $$"""{"input_ids": [{{string.Join(", ", rows[4..])}}]}""");

        var run = Done(
            "prune", model, "-o", folder["out"], "--calibration", folder["ids.json"], "--samples", "4", "--sparsity", "0.7", "--threads", "1", "--verdict", "quick", "--json");
        Done("prune", model, "-o", folder["plain"], "--calibration", folder["ids.json"], "--samples", "4", "--sparsity", "0.7", "--threads", "1");

        var verdict = run.Json.GetProperty("verdict");
        Assert.Equal(run.Output.TrimEnd(), File.ReadAllText(Path.Combine(folder["out"], "run.json")).TrimEnd());
        Assert.Equal(FolderSize.Measure(model).Weights, verdict.GetProperty("weightBytes").GetProperty("before").GetInt64());
        Assert.Equal(FolderSize.Measure(folder["out"]).Weights, verdict.GetProperty("weightBytes").GetProperty("now").GetInt64());
        foreach (string kind in (string[])["prefill", "decode"])
        {
            Assert.InRange(verdict.GetProperty(kind).GetProperty("passes").GetInt32(), 6, 30);
            Assert.True(verdict.GetProperty(kind).GetProperty("beforeMilliseconds").GetDouble() > 0);
        }

        Assert.True(verdict.GetProperty("peakBytes").GetProperty("before").GetInt64() > 1_000_000);
        Assert.Empty(verdict.GetProperty("notMeasured").EnumerateObject());

        // The rows that calibration left, scored as a file of their own.
        var quality = verdict.GetProperty("quality");
        Assert.Equal(Perplexity(model), quality.GetProperty("before").GetDouble(), 1e-6);
        Assert.Equal(Perplexity(folder["out"]), quality.GetProperty("now").GetDouble(), 1e-6);
        Assert.Equal(8, quality.GetProperty("sequences").GetInt32());

        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["plain"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["out"], "model.safetensors")));
        Assert.False(JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["plain"], "run.json"))).RootElement.TryGetProperty("verdict", out _));
    }

    [Fact]
    public void What_cannot_be_measured_is_not_claimed()
    {
        var verdict = Done("prune", model, "-o", folder["out"], "--method", "magnitude", "--verdict", "quick", "--json").Json.GetProperty("verdict");

        Assert.Equal(JsonValueKind.Null, verdict.GetProperty("quality").ValueKind);
        Assert.Contains("no text is at hand", verdict.GetProperty("notMeasured").GetProperty("quality").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("perplexity", verdict.GetProperty("sentence").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pruning_alone_leads_to_compaction_whose_size_is_foretold()
    {
        var pruned = Done("prune", model, "-o", folder["out"], "--method", "magnitude", "--sparsity", "0.9", "--verdict", "quick", "--json").Json.GetProperty("verdict");

        Assert.Equal($"sparsum compact {folder["out"]} -o {folder["out"]}-small", pruned.GetProperty("next").GetString());
        var compacted = Done("compact", folder["out"], "-o", folder["out"] + "-small", "--verdict", "quick", "--json").Json;
        Assert.Equal(pruned.GetProperty("weightBytes").GetProperty("compacted").GetInt64(), compacted.GetProperty("bytes").GetInt64());
        Assert.Contains("fewer bytes", compacted.GetProperty("verdict").GetProperty("sentence").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Training_is_compared_with_the_same_model_without_cuts()
    {
        string data = TinyClassifier.WriteSst2(Directory.CreateDirectory(folder["sst2"]).FullName);
        string encoder = TinyClassifier.Write(folder["bert"]);
        string[] line = ["train", encoder, "--task", "sst2", "--data", data, "--epochs", "1", "--json", "--verdict", "quick"];

        var dense = Done([.. line, "-o", folder["dense"]]).Json.GetProperty("verdict");
        var sparse = Done([.. line, "-o", folder["sparse"], "--method", "neuroprune", "--sparsity", "0.5", "--heads", "4"]).Json;

        Assert.StartsWith("Hardly a weight is exactly zero", dense.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        var verdict = sparse.GetProperty("verdict");
        Assert.Equal(sparse.GetProperty("score").GetDouble(), verdict.GetProperty("quality").GetProperty("now").GetDouble());

        // The dense run wrote what the sparse one is compared with.
        Assert.Equal(dense.GetProperty("weightBytes").GetProperty("now").GetInt64(), verdict.GetProperty("weightBytes").GetProperty("before").GetInt64());
        Assert.True(verdict.GetProperty("weightBytes").GetProperty("now").GetInt64() < verdict.GetProperty("weightBytes").GetProperty("before").GetInt64());
        Assert.Equal(JsonValueKind.Null, verdict.GetProperty("peakBytes").GetProperty("before").ValueKind);
        Assert.Equal(JsonValueKind.Object, verdict.GetProperty("prefill").ValueKind);
    }

    [Fact]
    public void A_verdict_that_fails_is_a_warning()
    {
        var terminal = new Terminal(new StringWriter(), new StringWriter());
        var common = new CommonOptions();
        var parse = SparsumCommand.CreateRoot(common).Parse(["compact", model, "-o", folder["out"]]);
        var context = new RunContext(
            parse, common, terminal, TimeProvider.System, new PlainProgress(terminal.Error, TimeProvider.System, isSilent: false), CancellationToken.None);
        var result = ((Verb)parse.CommandResult.Command).Execute(context);
        File.WriteAllText(Path.Combine(model, "config.json"), "{");

        var judged = VerdictRun.Add(context, result);

        Assert.Same(result, judged);
        Assert.Contains("warning: no verdict: ", terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder["out"], "run.json")));
    }

    [Fact]
    public void Sweeps_give_none()
    {
        folder.Write("recipe.json", new JsonObject
        {
            ["name"] = "r",
            ["steps"] = new JsonArray(new JsonObject
            {
                ["name"] = "prune", ["verb"] = "prune", ["options"] = new JsonObject { ["model"] = model, ["output"] = "${run}/model", ["method"] = "magnitude" },
            }),
        }.ToJsonString());

        Done("sweep", folder["recipe.json"], "-o", folder["swept"]);

        string swept = File.ReadAllText(Path.Combine(folder["swept"], "results.jsonl"));
        Assert.Contains("\"verdict\":\"none\"", swept.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("\"sentence\"", swept, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, 100, 1.0, null, "No", "It does not pay: the weights take as many bytes as before; no difference in the time of whole sequences could be measured.")]
    [InlineData(100, 100, 1.0, 60L, "NotYet", "The next command makes the weights 60 B.")]
    [InlineData(100, 100, 1.0, 100L, "No", "It does not pay: ")]
    [InlineData(100, 70, 1.0, null, "Yes", "It pays: 30 % fewer bytes; no difference in the time of whole sequences could be measured.")]
    [InlineData(100, 100, 2.0, null, "Yes", "It pays: whole sequences 2.00 times as fast.")]
    [InlineData(100, 70, 0.5, null, "InPart", "It pays in part: 30 % fewer bytes; whole sequences take 2.00 times as long.")]
    [InlineData(100, 130, 1.0, null, "No", "It does not pay: nothing was gained; 30 % more bytes")]
    public void The_sentence_says_what_the_facts_do(long before, long now, double faster, long? compacted, string payment, string sentence)
    {
        var facts = Facts(before, now, faster) with { CompactedBytes = compacted };

        Assert.Equal(payment, VerdictWords.Judge(facts).ToString());
        Assert.Contains(sentence, VerdictWords.Sentence(facts, Request), StringComparison.Ordinal);
        Assert.Equal(payment == "NotYet" ? "sparsum compact out -o out-small" : "sparsum bench out --baseline model --runs 30", VerdictWords.Next(facts, Request));
    }

    [Theory]
    [InlineData(11, true, "for 10.0 % more perplexity")]
    [InlineData(9, true, "for 10.0 % less perplexity")]
    [InlineData(11, false, "the perplexity is within the noise")]
    public void Quality_is_told_with_its_noise(double now, bool isDifferent, string words) => Assert.Contains(
        words,
        VerdictWords.Sentence(Facts(100, 70, 1) with { Perplexity = new PerplexityChange(10, now, isDifferent, 16, 100) }, Request),
        StringComparison.Ordinal);

    [Fact]
    public void Without_times_none_are_compared() => Assert.Contains(
        "its time was not compared", VerdictWords.Sentence(Facts(100, 70, 1) with { Prefill = null }, Request), StringComparison.Ordinal);

    /// <summary>Facts whose rounds are all alike but for every other one, in which both models take twice as long.</summary>
    private static VerdictFacts Facts(long before, long now, double faster)
    {
        double[] baseline = [.. Enumerable.Range(0, 10).Select(round => round % 2 == 0 ? 4.0 : 8.0)];
        double[] own = [.. baseline.Select((time, round) => time / faster * (faster == 1 && round % 3 == 0 ? 1.5 : 1))];
        if (faster == 1)
        {
            own[1] = 2;
        }

        return new VerdictFacts
        {
            BytesBefore = before,
            BytesNow = now,
            Prefill = (new LatencyResult("before", baseline, baseline, 1), new LatencyResult("now", own, baseline, 1)),
        };
    }

    private static CliRun Done(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    private double Perplexity(string path) =>
        Done("evaluate", path, "--perplexity", folder["rest.json"], "--json").Json.GetProperty("perplexity").GetDouble();
}
