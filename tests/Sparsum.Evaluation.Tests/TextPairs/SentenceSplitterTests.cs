using Sparsum.Evaluation.TextPairs;
using Xunit;

namespace Sparsum.Evaluation.Tests.TextPairs;

public class SentenceSplitterTests
{
    [Theory]
    [InlineData("One here. Two there! Three? Four", "One here.\nTwo there!\nThree?\nFour")]
    [InlineData("He said \"No.\" Then he left.", "He said \"No.\"\nThen he left.")]
    [InlineData("Mr. Smith met J. Doe at 3.5 p.m. in the U.S. Senate.", "Mr. Smith met J. Doe at 3.5 p.m. in the U.S. Senate.")]
    [InlineData("It rose 1.5 percent. 20 people came.", "It rose 1.5 percent.\n20 people came.")]
    [InlineData("end. begins small", "end. begins small")]
    [InlineData("own lines\nstay apart. And more", "own lines\nstay apart.\nAnd more")]
    [InlineData("Really?! Yes... No.", "Really?!\nYes...\nNo.")]
    [InlineData("  \n ", "")]
    public void Puts_each_sentence_on_a_line(string text, string expected) => Assert.Equal(expected, SentenceSplitter.Split(text));
}
