using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation.AlphaPruning;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>OWL and AlphaPruning against the outputs of their published code.</summary>
public sealed class BlockRatioReferenceTests
{
    [SharedTheory("oracle/pruning")]
    [InlineData("llama_a")]
    [InlineData("opt_a")]
    [InlineData("mistral_a")]
    [InlineData("phi_a")]
    public void Owl(string model)
    {
        const string Run = "neuroal-repo.wanda.owl.0.7";
        using var run = new AllocationRun(model, new PruneOptions { Sparsity = 0.7, Allocation = Named.Allocation("owl") });

        var result = run.Allocate();

        var dense = Oracle.Open(model).Run("dense");
        Assert.Equal(
            dense.GetProperty("owl_outlier_percent_M5").EnumerateArray().Select(value => value.GetDouble()),
            result.Report!["outlierPercent"]!.AsArray().Select(value => (double)value!));
        foreach (var (name, target) in run.Targets(result))
        {
            Assert.Equal(Oracle.Open(model).Run(Run).GetProperty("plan").GetProperty(name).GetDouble(), target.Ratio, 1e-12);
        }

        run.AssertPrunedLike(Run);
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("llama_a", "owl-repo.magnitude-layer.owl.0.7")]
    [InlineData("mistral_a", "owl-repo.magnitude-layer.owl.0.7")]
    public void Owl_scores_with_Wanda_whatever_prunes(string model, string reference)
    {
        using var run = new AllocationRun(
            model, new PruneOptions { Sparsity = 0.7, Allocation = Named.Allocation("owl"), Method = Named.Method("magnitude"), Granularity = Granularity.Layer });

        run.AssertPrunedLike(reference);
    }

    [SharedFact("oracle/pruning")]
    public void Owl_in_patterns()
    {
        using var run = new AllocationRun("llama_a", new PruneOptions { Pattern = new NmPattern(4, 8), Allocation = Named.Allocation("owl") });

        run.AssertPrunedLike("owl-repo.wanda.owl.4:8.0.5");
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("llama_a")]
    [InlineData("opt_a")]
    [InlineData("mistral_a")]
    [InlineData("phi_a")]
    public void AlphaPruning(string model)
    {
        var reference = Oracle.Open(model).Run("neuroal-repo.wanda.alpha.0.7");
        var metrics = Oracle.Open(model).TryRun("alphapruning-repo.metrics");
        using var pretrained = PretrainedModel.Open(Oracle.Open(model).Folder);
        pretrained.LoadAll();
        var alphas = new List<double>();
        foreach (var block in pretrained.Model.Blocks)
        {
            foreach (var linear in block.Linears)
            {
                double[] squares = Sparsum.Tensors.Numerics.SingularValues.Squares(linear.Weight.Value, 1);
                string name = Oracle.NameOf(block, linear);
                float[] expected = Oracle.Open(model).Statistic($"alpha/eigs/{name}");
                Array.Sort(expected);
                Numbers.AssertClose(expected, [.. squares.Select(value => (float)value)], 2e-6 * expected[^1], name);
                double alpha = reference.GetProperty("alphas").GetProperty(name).GetProperty("alpha").GetDouble();
                alphas.Add(HillEstimator.Fit(squares, LowerCut.Published).Alpha);
                Assert.Equal(alpha, alphas[^1], 1e-5 * alpha);
            }
        }

        if (metrics is { } published)
        {
            foreach (var (alpha, found) in published.GetProperty("alpha_peak").EnumerateArray().Zip(alphas))
            {
                Assert.Equal(alpha.GetDouble(), found, 1e-5 * found);
            }
        }
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("llama_a", "neuroal-repo.wanda.alpha.0.7", 0.3)]
    [InlineData("llama_a", "alphapruning-repo.wanda.alpha.0.7", 0.2)]
    [InlineData("llama_a", "alphapruning-repo.magnitude-layer.alpha.0.7", 0.3)]
    [InlineData("opt_a", "alphapruning-repo.wanda.alpha.0.7", 0.2)]
    [InlineData("mistral_a", "alphapruning-repo.wanda.alpha.0.7", 0.2)]
    [InlineData("phi_a", "neuroal-repo.wanda.alpha.0.7", 0.3)]
    public void AlphaPruning_prunes_alike(string model, string reference, double epsilon)
    {
        bool isLayer = reference.Contains("-layer", StringComparison.Ordinal);
        using var run = new AllocationRun(model, new PruneOptions
        {
            Sparsity = 0.7,
            Allocation = Named.Allocation("alphapruning"),
            Method = Named.Method(isLayer ? "magnitude" : "wanda"),
            Granularity = isLayer ? Granularity.Layer : Granularity.Row,
        }.Set(FormattableString.Invariant($"alphapruning.epsilon={epsilon}"), "alphapruning.clip=false"));

        double[] ratios = [.. run.Targets(run.Allocate()).Values.Select(target => target.Ratio)];

        var expected = Oracle.Open(model).Run(reference);
        double[] wanted = expected.TryGetProperty("plan", out var plan)
            ? [.. plan.EnumerateObject().Select(entry => entry.Value.GetDouble())]
            : [.. expected.GetProperty("ratios_per_layer").EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal(wanted.Length, ratios.Length);
        foreach (var (ratio, found) in wanted.Zip(ratios))
        {
            Assert.Equal(ratio, found, 1e-6);
        }

        run.AssertPrunedLike(reference);
    }
}
