using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public class RotaryScalingTests
{
    [Fact]
    public void Frequencies_fall_from_one_by_powers_of_the_base() =>
        Assert.Equal([1, 0.1, 0.01, 0.001], Rounded(RotaryScaling.Embed(8, 10_000, null, 64)));

    [Fact]
    public void Linear_scaling_divides_them() =>
        Assert.Equal([0.25, 0.025], Rounded(RotaryScaling.Embed(4, 100, new RotaryScaling { RopeType = "linear", Factor = 4 }, 64)));

    [Fact]
    public void The_llama3_bands_keep_blend_and_stretch()
    {
        // Waves per original context of 2π·100: 100, 10, 1, 0.1 with bands at 5 and 0.5; the third blends with weight
        // (1-0.5)/(5-0.5) = 1/9.
        var scaling = new RotaryScaling
        {
            RopeType = "llama3",
            Factor = 8,
            LowFreqFactor = 0.5 / 1.00003,
            HighFreqFactor = 5 / 1.00003,
            OriginalMaxPositionEmbeddings = 628,
        };
        double[] frequencies = Rounded(RotaryScaling.Embed(8, 10_000, scaling, 64), 6);
        Assert.Equal([1, 0.1], frequencies[..2]);
        Assert.Equal(0.01 * ((8.0 / 9 / 8) + (1.0 / 9)), frequencies[2], 5e-6);
        Assert.Equal(0.001 / 8, frequencies[3], 1e-9);
    }

    [Fact]
    public void The_base_of_newer_files_takes_precedence() =>
        Assert.Equal([1, 0.01], Rounded(RotaryScaling.Embed(4, 7, new RotaryScaling { RopeType = "default", RopeTheta = 10_000 }, 64)));

    [Fact]
    public void The_table_grows_to_the_positions_that_are_asked_for()
    {
        var embedding = new RotaryEmbedding([1, 0.5]);
        Assert.Equal(4, embedding.Size);
        var small = embedding.Table([0, 5]);
        var large = embedding.Table([1000]);
        Assert.True(large.Length > 1000);
        Assert.Equal(small.Cosines, large.Cosines[..small.Cosines.Length]);
        Assert.Same(large, embedding.Table([3]));
        Assert.Equal(Math.Cos(500), large.Cosines[(1000 * 2) + 1], 1e-6);
    }

    private static double[] Rounded(RotaryEmbedding embedding, int digits = 12) =>
        [.. embedding.InverseFrequencies.ToArray().Select(value => Math.Round(value, digits))];
}
