using System.Text;
using Xunit;

namespace Sparsum.Extensions.AI.Tests;

public class StopFilterTests
{
    [Theory]
    [InlineData("abcabd", "abd")]
    [InlineData("aaab", "aab")]
    [InlineData("one\nUser: two", "\nUser:", "two")]
    [InlineData("nothing here", "###")]
    [InlineData("ends with #", "##")]
    [InlineData("##", "##")]
    [InlineData("no sequences")]
    public void Text_ends_before_the_first_sequence_however_it_comes(string text, params string[] stops)
    {
        int end = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(index => index >= 0).DefaultIfEmpty(text.Length).Min();
        for (int size = 1; size <= text.Length; size++)
        {
            var filter = new StopFilter(stops);
            var passed = new StringBuilder();
            foreach (char[] piece in text.Chunk(size))
            {
                passed.Append(filter.Push(new string(piece)));
                Assert.StartsWith(passed.ToString(), text[..end], StringComparison.Ordinal);
            }

            Assert.Equal(text[..end], passed.Append(filter.Finish()).ToString());
            Assert.Equal(end < text.Length, filter.HasStopped);
        }
    }
}
