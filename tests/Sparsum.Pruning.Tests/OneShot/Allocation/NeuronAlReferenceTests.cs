using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Methods;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>NeuronAl against the outputs of its authors' code: every candidate, the choices, the plans, the pruned models.</summary>
public sealed class NeuronAlReferenceTests
{
    private static readonly string[] Models = ["llama_a", "opt_a", "mistral_a", "phi_a"];

    public static TheoryData<string, string> Runs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string model in Models.Where(model => SharedFiles.WhyMissing($"oracle/pruning/{model}") is null))
            {
                foreach (var run in Open(model).EnumerateObject().Where(run => PruningCatalog.Methods.Any(method => method.Name == Base(run.Value))))
                {
                    data.Add(model, run.Name);
                }
            }

            return data;
        }
    }

    [SharedTheory("oracle/pruning")]
    [MemberData(nameof(Runs))]
    public void Candidates_choices_and_masks_agree(string model, string name)
    {
        var expected = Open(model).GetProperty(name);
        using var run = new AllocationRun(model, Options(expected));

        var result = run.Allocate();

        var report = result.Report!;
        AssertCandidates(expected, "block_candidates", report, "blockCandidates", "lambda_block", "lambdaBlock");
        AssertCandidates(expected, "row_candidates", report, "rowCandidates", "lambda_row", "lambdaRow");
        if (expected.TryGetProperty("uniform_metric", out var uniform))
        {
            Assert.Equal(uniform.GetDouble(), (double)report["uniformMetric"]!, 1e-5 * uniform.GetDouble());
        }

        AssertPlan(model, name, expected, run.Targets(result));
        run.AssertPrunedLike(expected.GetProperty("run").GetString()!);
    }

    private static void AssertCandidates(
        JsonElement expected, string key, JsonObject report, string reportKey, string choiceKey, string reportChoice)
    {
        if (expected.GetProperty(choiceKey).ValueKind == JsonValueKind.Null)
        {
            Assert.Null(report[reportKey]);
            Assert.Null(report[reportChoice]);
            return;
        }

        Assert.Equal(expected.GetProperty(choiceKey).GetDouble(), (double)report[reportChoice]!);
        var candidates = expected.GetProperty(key).EnumerateArray().ToList();
        Assert.Equal(candidates.Count, report[reportKey]!.AsArray().Count);
        int loose = 0;
        foreach (var (candidate, found) in candidates.Zip(report[reportKey]!.AsArray()))
        {
            Assert.Equal(candidate.GetProperty("lam").GetDouble(), (double)found!["lambda"]!);
            double metric = candidate.GetProperty("metric").GetDouble();
            double difference = Math.Abs(metric - (double)found["metric"]!) / metric;
            Assert.True(difference <= 1e-4, $"lambda {candidate.GetProperty("lam")}: metric {found["metric"]}, expected {metric}");

            // One decision on the edge that falls the other way moves a metric by some 1e-5.
            loose += difference > 1e-5 ? 1 : 0;
            if (candidate.TryGetProperty("ratios", out var ratios))
            {
                Assert.Equal(
                    ratios.EnumerateArray().Select(value => value.GetDouble()),
                    found["ratios"]!.AsArray().Select(value => (double)value!));
            }
        }

        Assert.InRange(loose, 0, 1);
    }

    private static void AssertPlan(string model, string name, JsonElement expected, Dictionary<string, LayerTarget> targets)
    {
        using var file = Checkpoint.Open(SharedFiles.Path("oracle", "pruning", model, "neuronal.safetensors"));
        foreach (var (layer, target) in targets)
        {
            if (expected.GetProperty("lambda_block").ValueKind != JsonValueKind.Null)
            {
                // To the last bit: floor(C * ratio) depends on it.
                Assert.Equal(expected.GetProperty("block_plan").GetProperty(layer).GetDouble(), target.Ratio);
            }

            string rows = $"{name}/row_ratio/{layer}";
            Assert.Equal(file.Tensors.ContainsKey(rows), target.RowRatios is not null);
            if (target.RowRatios is { } found)
            {
                float[] wanted = new float[file.Tensors[rows].ElementCount];
                file.Read(rows, wanted);

                // The reference's lists for shared keys and values are as long as the queries'; the rest is ignored.
                Numbers.AssertClose(wanted.AsSpan(0, found.Count), [.. found.Select(value => (float)value)], 1e-5, layer);
            }
        }
    }

    private static PruneOptions Options(JsonElement expected) => new PruneOptions
    {
        Method = Named.Method(Base(expected)),
        Allocation = Named.Allocation("neuronal"),
        Sparsity = expected.GetProperty("sparsity_ratio").GetDouble(),
    }.Set($"neuronal.step={expected.GetProperty("step").GetString()}", "neuronal.sparsegpt-profile=harmonic");

    private static string Base(JsonElement run) => run.GetProperty("base").GetString()!;

    private static JsonElement Open(string model) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle", "pruning", model, "neuronal.json"))).RootElement;
}
