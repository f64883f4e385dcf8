using Sparsum.Evaluation.Metrics;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

public sealed class CorrelationMetricsTests
{
    [Fact]
    public void FiguresOfHandCheckedExamples()
    {
        // Deviations -2..2 and 3.7, 2.7, -3.8, -0.3, -2.3: covariance -15 (times 5), squares 10 and 40.8.
        Assert.Equal(-15 / Math.Sqrt(10 * 40.8), CorrelationMetrics.Pearson([1, 2, 3, 4, 5], [10, 9, 2.5, 6, 4]), 1e-14);

        // Ranks 1, 2, 3.5, 5, 3.5: covariance 8, squares 10 and 9.5.
        Assert.Equal(8 / Math.Sqrt(10 * 9.5), CorrelationMetrics.Spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 1e-14);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(1000)]
    public void FiguresAgreeWithTheTextbook(int distinct)
    {
        // Few distinct numbers make many ties.
        var random = new Random(distinct);
        for (int repeat = 0; repeat < 100; repeat++)
        {
            int count = random.Next(5, 80);
            double[] x = [.. Enumerable.Range(0, count).Select(_ => random.Next(distinct) / 3.0)];
            double[] y = [.. x.Select(value => value + random.Next(distinct) - 1.5)];
            if (x.Distinct().Count() < 2 || y.Distinct().Count() < 2)
            {
                continue;
            }

            Assert.Equal(NaiveCorrelation.Pearson(x, y), CorrelationMetrics.Pearson(x, y), 1e-12);
            Assert.Equal(NaiveCorrelation.Spearman(x, y), CorrelationMetrics.Spearman(x, y), 1e-12);
        }
    }

    [Fact]
    public void SpearmanSeesOrderOnly()
    {
        double[] x = [0.1, 4, 2, 3];
        Assert.Equal(1, CorrelationMetrics.Spearman(x, [.. x.Select(Math.Exp)]), 1e-15);
        Assert.Equal(-1, CorrelationMetrics.Spearman(x, [.. x.Select(value => 1 / value)]), 1e-15);
        Assert.Equal(1, CorrelationMetrics.Spearman([1, 2, double.PositiveInfinity], [1, 2, 3]), 1e-15);
    }

    [Fact]
    public void CorrelationWithSomethingConstantIsUndefined()
    {
        Assert.Equal(double.NaN, CorrelationMetrics.Pearson([0.1, 0.1, 0.1], [1, 2, 3]));
        Assert.Equal(double.NaN, CorrelationMetrics.Pearson([1, 2, 3], [0.1, 0.1, 0.1]));
        Assert.Equal(double.NaN, CorrelationMetrics.Spearman([7, 7, 7], [1, 2, 3]));
        Assert.Equal(double.NaN, CorrelationMetrics.Pearson([1], [1]));
    }

    [Fact]
    public void NumbersThatAreNoneSpoilTheFigure()
    {
        Assert.Equal(double.NaN, CorrelationMetrics.Pearson([1, double.NaN, 3], [1, 2, 3]));
        Assert.Equal(double.NaN, CorrelationMetrics.Pearson([1, double.PositiveInfinity, 3], [1, 2, 3]));
        Assert.Equal(double.NaN, CorrelationMetrics.Spearman([1, double.NaN, 3], [1, 2, 3]));
    }

    [Fact]
    public void LargeAndSmallNumbersStayInRange()
    {
        double[] y = [1, 3, 2, 5];
        double expected = NaiveCorrelation.Pearson([1, 2, 3, 4], y);
        Assert.Equal(expected, CorrelationMetrics.Pearson([1e200, 2e200, 3e200, 4e200], y), 1e-12);
        Assert.Equal(expected, CorrelationMetrics.Pearson([1e-200, 2e-200, 3e-200, 4e-200], y), 1e-12);
        Assert.Equal(expected, CorrelationMetrics.Pearson([1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 4], y), 1e-9);
    }

    [Fact]
    public void InputThatCannotBeScoredIsRefused()
    {
        Assert.Throws<ArgumentException>(() => CorrelationMetrics.Pearson([], []));
        Assert.Throws<ArgumentException>(() => CorrelationMetrics.Spearman([1], [1, 2]));
    }
}
