using Sparsum.Pruning.OneShot.Calibration;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Check values were drawn with CPython.</summary>
public sealed class PythonRandomTests
{
    [Fact]
    public void First_words_of_seed_0()
    {
        var random = new PythonRandom(0);

        uint[] words = [.. Enumerable.Range(0, 5).Select(_ => random.NextBits(32))];

        Assert.Equal([3626764237, 1654615998, 3255389356, 3823568514, 1806341205], words);
    }

    [Theory]
    [InlineData(356316, new[] { 201979, 220500, 21225, 135746, 268055, 254766, 212302, 159023, 249874, 187720 })]
    [InlineData(9, new[] { 6, 6, 0, 4, 8, 7, 6, 4, 7, 5 })]
    public void Integers_of_seed_0(int largest, int[] expected)
    {
        var random = new PythonRandom(0);

        Assert.Equal(expected, expected.Select(_ => random.NextInteger(largest)));
    }

    [Fact]
    public void A_range_of_one_value_consumes_draws()
    {
        var random = new PythonRandom(0);

        Assert.Equal([201979, 97, 0, 21225], new[] { 356316, 100, 0, 356316 }.Select(random.NextInteger));
    }

    // random.seed(s); [random.getrandbits(32) for _ in range(3)] in CPython 3.11.
    [Theory]
    [InlineData(-5, new uint[] { 2675342405, 1097127993, 3185950873 })]
    [InlineData(5, new uint[] { 2675342405, 1097127993, 3185950873 })]
    [InlineData(16, new uint[] { 1552728491, 2015295599, 2063648756 })]
    [InlineData(46, new uint[] { 3815082342, 328063601, 1717962873 })]
    [InlineData(4294967296L, new uint[] { 485306839, 1508871100, 1794561286 })]
    [InlineData(1099511627783L, new uint[] { 2635837658, 3209733218, 3500038837 })]
    [InlineData(long.MinValue, new uint[] { 2377109768, 1691753470, 4039908392 })]
    [InlineData(9223372036854775807L, new uint[] { 1359979423, 2819855560, 2711238091 })]
    public void Seeds_beyond_a_word_and_below_zero(long seed, uint[] expected)
    {
        var random = new PythonRandom(seed);

        Assert.Equal(expected, expected.Select(_ => random.NextBits(32)));
    }

    [Fact]
    public void Draws_past_the_first_state()
    {
        var random = new PythonRandom(16);
        for (int i = 0; i < 2000; i++)
        {
            random.NextBits(1);
        }

        Assert.Equal(1826840256u, random.NextBits(32));
    }
}
