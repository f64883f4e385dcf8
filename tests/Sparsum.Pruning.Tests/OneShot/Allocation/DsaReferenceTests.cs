using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Allocation.Dsa;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Expressions on a whole model against the outputs of the published DSA code, which always has a lambda of 0.08.</summary>
public sealed class DsaReferenceTests : IDisposable
{
    private const double Sparsity = 0.7;

    private readonly AllocationOracle oracle = new("dsa");

    public static TheoryData<string> Expressions
    {
        get
        {
            var data = new TheoryData<string>();
            if (SharedFiles.WhyMissing("oracle/pruning") is null)
            {
                using var oracle = new AllocationOracle("dsa");
                var names = oracle.Runs.GetProperty("runs").EnumerateObject().Select(run => run.Name);
                names.Where(name => name != DsaExpression.Published).ToList().ForEach(data.Add);
            }

            return data;
        }
    }

    public void Dispose() => oracle.Dispose();

    [SharedTheory("oracle/pruning")]
    [MemberData(nameof(Expressions))]
    public void Importances_and_ratios_agree(string expression)
    {
        var expected = oracle.Runs.GetProperty("runs").GetProperty(expression);
        float[] importances = [.. expected.GetProperty("importance_per_block").EnumerateArray().Select(value => value.GetSingle())];
        double[] ratios = [.. expected.GetProperty("ratios_by_spec_formula").EnumerateArray().Select(value => value.GetDouble())];

        double[] mapped = DsaMapping.Ratios(importances, [.. ratios.Select(_ => 1L)], Sparsity, 0.08)!;
        Assert.Equal(ratios, mapped, (expected, actual) => Math.Abs(expected - actual) < 1e-9);
        var report = oracle.Allocate(oracle.Options(Sparsity, [$"expression={expression}", "lambda=0.08"])).Report!;
        foreach (var (block, importance) in importances.Index())
        {
            Assert.Equal(importance, (double)report["importances"]![block]!, 1e-5 * importance);
        }
    }

    [SharedFact("oracle/pruning")]
    public void The_mask_agrees()
    {
        string expression = oracle.Runs.GetProperty("mask_of").GetString()!;

        var masks = oracle.Prune(oracle.Options(Sparsity, [$"expression={expression}", "lambda=0.08"]));

        bool[] expected = oracle.Mask("dsa_masks.safetensors", "mask", masks.Values.Sum(mask => mask.Length));
        Assert.Equal(expected, oracle.Models.LayerOrder.SelectMany(layer => masks[layer]));
    }

    [SharedFact("oracle/pruning")]
    public void The_published_expression_cannot_tell_these_blocks_apart_and_that_is_said()
    {
        var result = oracle.Allocate(oracle.Options(Sparsity, ["search=false"]));

        Assert.All(result.Report!["importances"]!.AsArray(), value => Assert.Equal(0, (double)value!));
        Assert.All(result.Plan.Blocks.SelectMany(block => block), target => Assert.Equal(Sparsity, target.Ratio));
        Assert.Contains("same", (string?)result.Report["note"], StringComparison.Ordinal);
    }

    [SharedFact("oracle/pruning")]
    public void A_search_tells_the_best_perplexity_that_it_measured_and_pruning_gives_it()
    {
        int[][] windows = [.. oracle.Models.EvaluationIds.Chunk(64).Take(24)];
        string file = oracle.Write("windows.json", JsonSerializer.Serialize(new { input_ids = windows }));

        var report = oracle.Allocate(oracle.Options(Sparsity, ["search=true", $"fitness={file}", "budget=12", "population=6"])).Report!;

        Assert.Equal(12, (int)report["measurements"]!);
        double perplexity = (double)report["perplexity"]!;
        var measured = JsonNode.Parse(File.ReadAllText(oracle.PathOf("dsa.json")))!["measured"]!.AsObject();
        Assert.Equal(measured.Min(entry => (double)entry.Value!), perplexity);
        Assert.Equal(PerplexityAfter((string)report["expression"]!, windows), perplexity, 1e-5 * perplexity);
    }

    /// <summary>A whole run, then the exponential of the mean loss of the windows.</summary>
    private double PerplexityAfter(string expression, int[][] windows)
    {
        oracle.Prune(oracle.Options(Sparsity, [$"expression={expression}"]));
        using var pruned = PretrainedModel.Open(oracle.Output);
        pruned.LoadAll();
        using var backend = new CpuBackend(1);
        using var computation = new Computation(backend);
        var batch = new TokenBatch([.. windows.SelectMany(ids => ids)], windows.Length);
        using var logits = pruned.LanguageModel.Forward(pruned.LanguageModel.BeginPass(computation, batch), batch);
        int[] targets = [.. windows.SelectMany(ids => ids.Skip(1).Append(-100))];
        double[] losses = new double[targets.Length];
        backend.CrossEntropy(logits, targets, losses);
        return Math.Exp(losses.Sum() / targets.Count(target => target >= 0));
    }
}
