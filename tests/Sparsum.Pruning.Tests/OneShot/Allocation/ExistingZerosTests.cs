using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.RandomModel;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>A model that has zeros already, as sparse training leaves it, goes on to a higher sparsity.</summary>
public sealed class ExistingZerosTests
{
    private const double Target = 0.6;

    public static TheoryData<string, string, bool> Runs => new()
    {
        { "wanda", "both", false },
        { "wanda", "both", true },
        { "magnitude", "block", true },
        { "wanda", "row", true },
        { "sparsegpt", "block", true },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void All_zeros_stay_and_the_target_is_met(string method, string step, bool areRows)
    {
        using var model = new TestModel(new RandomLlama { Blocks = 3, Hidden = 64, Intermediate = 128 }, samples: 3, tokens: 40);
        string sparse = model.At("sparse");
        bool[] before = MakeSparse(model.Input, sparse, areRows);
        double share = (double)before.Count(zero => zero) / before.Length;
        Assert.InRange(share, 0.25, 0.35);

        var result = Prune(sparse, model.Output, new PruneOptions
        {
            Method = Named.Method(method),
            Allocation = Named.Allocation("neuronal"),
            Sparsity = Target,
            Calibration = new CalibrationOptions { File = model.Ids },
        }.Set(
            $"neuronal.step={step}",
            "neuronal.samples=2",
            "neuronal.block-lambdas=0.1,0.2",
            "neuronal.row-lambdas=0,0.1",
            "neuronal.row-rounding=floor-pruned"));

        bool[] after = Zeros(model.Output);
        Assert.All(before.Zip(after), pair => Assert.True(!pair.First || pair.Second));
        Assert.Equal(share, (double)result.Allocation!["existingZeros"]!, 1e-12);

        // Whole weights per row, rounded down, with SparseGPT one more per slab; without regard for the zeros there before it would be 0.72.
        Assert.InRange(result.Sparsity, Target - (1.0 / 64), Target + 0.005);
    }

    [Fact]
    public void A_target_below_what_is_there_changes_nothing()
    {
        using var model = new TestModel(new RandomLlama { Blocks = 2 }, samples: 3);
        string sparse = model.At("sparse");
        bool[] before = MakeSparse(model.Input, sparse, areRows: true);

        var result = Prune(sparse, model.Output, new PruneOptions
        {
            Method = Named.Method("magnitude"),
            Allocation = Named.Allocation("neuronal"),
            Sparsity = 0.1,
            Calibration = new CalibrationOptions { File = model.Ids },
        }.Set("neuronal.step=block", "neuronal.samples=2", "neuronal.block-lambdas=0.05"));

        Assert.Equal(before, Zeros(model.Output));
        Assert.Equal(before.Count(zero => zero), result.Zeros);
    }

    private static PruneResult Prune(string input, string output, PruneOptions options)
    {
        using var backend = new Sparsum.Tensors.Backends.Cpu.CpuBackend(1);
        return new BlockwisePruner(backend).Run(input, output, options);
    }

    /// <summary>Zeroes 30 % of the weights: whole rows of every layer, or weights here and there.</summary>
    private static bool[] MakeSparse(string input, string output, bool areRows)
    {
        using (var pretrained = PretrainedModel.Open(input))
        {
            pretrained.LoadAll();
            var random = new Random(3);
            foreach (var linear in pretrained.Model.Blocks.SelectMany(block => block.Linears))
            {
                for (int row = 0; row < linear.OutputSize; row++)
                {
                    bool isDead = row % 10 < 3;
                    foreach (ref float weight in linear.Weight.Value.Row(row))
                    {
                        weight = (areRows ? isDead : random.NextDouble() < 0.3) ? 0 : weight;
                    }
                }
            }

            ModelWriter.Save(output, pretrained.ModelConfig, pretrained.Model);
        }

        return Zeros(output);
    }

    private static bool[] Zeros(string folder)
    {
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        return [.. pretrained.Model.Blocks.SelectMany(block => block.Linears).SelectMany(linear => linear.Weight.Value.ToArray()).Select(weight => weight == 0)];
    }
}
