using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public sealed class IndexListTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0-2", new[] { 0, 1, 2 })]
    [InlineData("3, 5-6, 8", new[] { 3, 5, 6, 8 })]
    public void Lists_are_written_as_ranges_and_read_back(string text, int[] numbers)
    {
        Assert.Equal(text, IndexList.Format(numbers));
        Assert.Equal(numbers, IndexList.Parse(text));
    }

    [Fact]
    public void Random_lists_come_back()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            double share = random.NextDouble();
            int[] numbers = [random.Next(50), .. Enumerable.Range(50, 300).Where(_ => random.NextDouble() < share)];
            Assert.Equal(numbers, IndexList.Parse(IndexList.Format(numbers)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData("1-")]
    [InlineData("2-1")]
    [InlineData("1, 1")]
    [InlineData("3, 2")]
    [InlineData("1-2-3")]
    [InlineData("1,,2")]
    [InlineData("0-2000000000")]
    [InlineData("99999999999")]
    public void Other_texts_are_refused(string text) => Assert.Throws<FormatException>(() => IndexList.Parse(text));

    [Theory]
    [InlineData(new[] { 1, 1 })]
    [InlineData(new[] { 2, 1 })]
    [InlineData(new[] { -1, 0 })]
    public void Other_lists_are_refused(int[] numbers) => Assert.Throws<ArgumentException>(() => IndexList.Format(numbers));
}
