using Sparsum.Tensors.Numerics;
using Xunit;

namespace Sparsum.Tensors.Tests.Numerics;

public class SelectionTests
{
    public static TheoryData<string> Contents => ["distinct", "few values", "all equal", "tiny and huge"];

    [Theory]
    [MemberData(nameof(Contents))]
    public void KthSmallestIsWhatASortGives(string content)
    {
        for (int length = 1; length <= 140; length++)
        {
            var values = Make(content, length, length);
            var sorted = values.Order().ToArray();
            for (int k = 0; k < length; k++)
            {
                Assert.Equal(sorted[k], Selection.KthSmallest(values, k));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public void KthSmallestOfALargeArrayIsWhatASortGives(string content)
    {
        foreach (int length in new[] { 65_536, 65_537, 200_003 })
        {
            var values = Make(content, 7, length);
            var sorted = values.Order().ToArray();
            foreach (int k in new[] { 0, 1, length / 3, length / 2, length - 2, length - 1 })
            {
                Assert.Equal(sorted[k], Selection.KthSmallest(values, k));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Contents))]
    public void MarkSmallestIsAStableSort(string content)
    {
        foreach (int length in Enumerable.Range(0, 70).Append(1000).Append(70_001))
        {
            var values = Make(content, 3, length);
            var order = Enumerable.Range(0, length).OrderBy(i => values[i]).ToArray();
            foreach (int count in new[] { 0, 1, length / 2, length - 1, length }.Where(count => count >= 0 && count <= length))
            {
                var expected = new bool[length];
                foreach (int index in order[..count])
                {
                    expected[index] = true;
                }

                var marks = Enumerable.Repeat(true, length).ToArray();
                Selection.MarkSmallest(values, count, marks);
                Assert.Equal(expected, marks);
            }
        }
    }

    [Fact]
    public void NegativeZeroTiesWithZero()
    {
        float[] values = [1, 0, -0f, 2, -0f, 0];
        var marks = new bool[6];
        Selection.MarkSmallest(values, 3, marks);
        Assert.Equal([false, true, true, false, true, false], marks);
        Assert.Equal(0, Selection.KthSmallest(values, 3));
        Assert.Equal(1, Selection.KthSmallest(values, 4));
    }

    [Fact]
    public void InfinityIsTheLargest()
    {
        float[] values = [float.PositiveInfinity, float.MaxValue, 0];
        Assert.Equal(float.MaxValue, Selection.KthSmallest(values, 1));
        Assert.Equal(float.PositiveInfinity, Selection.KthSmallest(values, 2));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-1f)]
    [InlineData(float.NegativeInfinity)]
    public void WhatHasNoPlaceInTheOrderIsRefused(float value)
    {
        foreach (int length in new[] { 1, 17, 100, 70_000 })
        {
            var values = Make("distinct", 1, length);
            values[length / 2] = value;
            var error = Assert.Throws<ArgumentException>(() => Selection.KthSmallest(values, 0));
            Assert.Contains($"Value {length / 2} ", error.Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => Selection.MarkSmallest(values, 0, new bool[length]));
        }
    }

    [Fact]
    public void ArgumentsOutOfRangeAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Selection.KthSmallest([], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Selection.KthSmallest([1f], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Selection.KthSmallest([1f], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Selection.MarkSmallest([1f], 2, new bool[1]));
        Assert.Throws<ArgumentException>(() => Selection.MarkSmallest([1f], 1, new bool[2]));
    }

    private static float[] Make(string content, int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => content switch
        {
            "distinct" => random.NextSingle(),
            "few values" => random.Next(4) / 4f,
            "all equal" => 0.3f,
            _ => MathF.ScaleB(1 + random.NextSingle(), random.Next(-149, 127)),
        })];
    }
}
