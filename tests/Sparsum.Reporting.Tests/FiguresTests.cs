using Sparsum.Reporting.Html;
using Xunit;

namespace Sparsum.Reporting.Tests;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(3.6941, "3.694")]
    [InlineData(97.213, "97.21")]
    [InlineData(402.46, "402.5")]
    [InlineData(2139.6, "2140")]
    [InlineData(1234567, "1.23e6")]
    [InlineData(0.0001234, "1.23e-4")]
    [InlineData(0, "0")]
    [InlineData(-12.345, "-12.35")]
    public void NumbersKeepAboutFourDigits(double value, string expected) => Assert.Equal(expected, Figures.Number(value));

    [Theory]
    [InlineData(999, "999\u00A0B")]
    [InlineData(12_893_808, "12.9\u00A0MB")]
    [InlineData(7_000_000_000_000_000, "7000.0\u00A0TB")]
    public void BytesHaveDecimalUnits(long bytes, string expected) => Assert.Equal(expected, Figures.Bytes(bytes));

    [Fact]
    public void MissingFiguresAreDashes() =>
        Assert.Equal(("–", "–", "–", "–"), (Figures.Number(null), Figures.Bytes(null), Figures.Percent(null), Figures.Ratio(null)));
}
