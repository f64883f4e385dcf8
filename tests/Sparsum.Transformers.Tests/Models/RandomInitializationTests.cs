using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public class RandomInitializationTests
{
    [Fact]
    public void The_generator_is_the_published_one()
    {
        // The demonstration program of the PCG library prints these for seed 42, stream 54.
        var random = new Pcg32(42, 54);
        uint[] expected = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e];
        Assert.Equal(expected, expected.Select(_ => random.NextUInt32()));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        var random = new Pcg32(1);
        double[] numbers = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextNormal())];
        Assert.Equal(0, numbers.Average(), 0.01);
        Assert.Equal(1, numbers.Average(x => x * x), 0.02);
        Assert.Equal(0, numbers.Average(x => x * x * x), 0.05);
        Assert.Equal(3, numbers.Average(x => x * x * x * x), 0.1);
    }

    [Fact]
    public void Norms_are_neutral_and_biases_zero()
    {
        using var model = RandomInitialization.Create(SmallModels.Of("opt"), 1);
        Assert.All(model.Normalizations, norm => Assert.All(norm.Scale.Value.ToArray(), value => Assert.Equal(1, value)));
        Assert.All(model.Normalizations, norm => Assert.All(norm.Shift!.Value.ToArray(), value => Assert.Equal(0, value)));
        Assert.All(model.Blocks[0].Linears, linear => Assert.All(linear.Bias!.Value.ToArray(), value => Assert.Equal(0, value)));
        var linears = model.Blocks.SelectMany(block => block.Linears);
        double square = linears.SelectMany(linear => linear.Weight.Value.ToArray()).Average(x => x * x);
        Assert.Equal(0.05, Math.Sqrt(square), 0.003);
    }

    [Fact]
    public void A_unit_offset_starts_at_zero()
    {
        using var model = RandomInitialization.Create(SmallModels.Of("gemma"), 1);
        Assert.All(model.Normalizations, norm => Assert.All(norm.Scale.Value.ToArray(), value => Assert.Equal(0, value)));
    }

    [Fact]
    public void The_seed_decides_the_values()
    {
        using var first = RandomInitialization.Create(SmallModels.Llama, 1);
        using var again = RandomInitialization.Create(SmallModels.Llama, 1);
        using var other = RandomInitialization.Create(SmallModels.Llama, 2);
        Assert.Equal(first.TokenEmbedding.Value.ToArray(), again.TokenEmbedding.Value.ToArray());
        Assert.NotEqual(first.TokenEmbedding.Value.ToArray(), other.TokenEmbedding.Value.ToArray());
        Assert.NotEqual(first.Blocks[0].Attention.Query.Weight.Value.ToArray(), first.Blocks[1].Attention.Query.Weight.Value.ToArray());
    }

    [Fact]
    public void A_configuration_of_no_architecture_is_refused() =>
        Assert.Throws<ArgumentException>(() => new LlamaArchitecture().Create(SmallModels.Gpt2));
}
