using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>
/// Learning against the outputs of the published BESA code. Where each matrix has one sparsity everything agrees. Where rows have their
/// own, the reference starts at 0.49999994 instead of 0.5, which prunes one weight per row less in the first steps; and sparsities that
/// hover about 0.5 then fall on one side or the other by rounding alone.
/// </summary>
public sealed class BesaReferenceTests
{
    private const int StepsNearOneHalf = 3;

    [SharedTheory("oracle/pruning")]
    [InlineData("besa.layer.0.5", 6, 0, 1e-3, "granularity=layer")]
    [InlineData("besa.row.0.7", 3, StepsNearOneHalf, 5e-3, "epochs=3", "sigmoid=true")]
    [InlineData("besa.row.0.5", 1, StepsNearOneHalf, 0.05)]
    [InlineData("besa.row-softmax.0.7", 1, StepsNearOneHalf, 0.05, "epochs=2", "sigmoid=false")]
    public void Losses_and_step_sizes_agree(string run, int count, int skipped, double tolerance, params string[] settings)
    {
        using var oracle = new AllocationOracle("besa");
        var expected = oracle.Runs.GetProperty(run);

        var blocks = oracle.Allocate(oracle.Options(expected.GetProperty("sparsity").GetDouble(), settings)).Report!["blocks"]!.AsArray();

        // What rounding changes in one block has changed the inputs of the next, so loose comparisons end early.
        for (int block = 0; block < count; block++)
        {
            AssertClose(expected.GetProperty("loss_per_block")[block], blocks[block]!["losses"]!, skipped, tolerance);
            if (skipped == 0)
            {
                AssertClose(expected.GetProperty("reconstruction_per_block")[block], blocks[block]!["reconstructions"]!, 0, tolerance);
            }

            AssertClose(expected.GetProperty("mean_sparsity_seen_per_block")[block], blocks[block]!["meanAlphas"]!, 0, tolerance);
            AssertClose(expected.GetProperty("prodigy_d_after_step")[block], blocks[block]!["distances"]!, skipped, tolerance);
        }
    }

    [SharedFact("oracle/pruning")]
    public void One_sparsity_per_matrix_is_learned_as_by_the_reference_and_gives_its_masks()
    {
        const string Run = "besa.layer.0.5";
        using var oracle = new AllocationOracle("besa");
        var options = oracle.Options(0.5, ["granularity=layer"]);

        var plan = oracle.Allocate(options).Plan;
        foreach (var block in oracle.Pretrained.Model.Blocks)
        {
            foreach (var (place, linear) in block.Linears.Index())
            {
                float alpha = Assert.Single(oracle.Values("besa.safetensors", $"{Run}/alpha/{AllocationOracle.NameOf(block, linear)}"));
                Assert.Equal(alpha, plan.Target(block.Index, place).Ratio, 2e-3 * alpha);
            }
        }

        foreach (var (name, mask) in oracle.Prune(options))
        {
            Assert.Equal(oracle.Mask("besa.safetensors", $"{Run}/mask/{name}", mask.Length), mask);
        }
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("besa.row.0.7", 6, 0.001, "epochs=3", "sigmoid=true")]
    [InlineData("besa.row.0.5", 2, 0.005)]
    [InlineData("besa.row-softmax.0.7", 1, 0.005, "epochs=2", "sigmoid=false")]
    public void Masks_of_rows_agree_but_for_a_few_bits(string run, int blocks, double allowed, params string[] settings)
    {
        using var oracle = new AllocationOracle("besa");
        var options = oracle.Options(oracle.Runs.GetProperty(run).GetProperty("sparsity").GetDouble(), settings);

        var masks = oracle.Prune(options).Where(layer => layer.Key[0] - '0' < blocks).ToList();

        int different = masks.Sum(layer => layer.Value
            .Zip(oracle.Mask("besa.safetensors", $"{run}/mask/{layer.Key}", layer.Value.Length))
            .Count(pair => pair.First != pair.Second));
        Assert.InRange(different, 0, allowed * masks.Sum(layer => layer.Value.Length));
    }

    private static void AssertClose(JsonElement expected, JsonNode actual, int skipped, double tolerance)
    {
        double[] values = [.. actual.AsArray().Select(value => (double)value!)];
        Assert.Equal(expected.GetArrayLength(), values.Length);
        foreach (var (index, value) in expected.EnumerateArray().Select(value => value.GetDouble()).Index().Skip(skipped))
        {
            Assert.True(Math.Abs(values[index] - value) <= tolerance * value, $"step {index}: expected {value}, got {values[index]}");
        }
    }
}
