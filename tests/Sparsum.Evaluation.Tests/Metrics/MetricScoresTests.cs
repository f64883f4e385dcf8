using Sparsum.Evaluation.Metrics;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

public sealed class MetricScoresTests
{
    [Fact]
    public void SeveralMetricsHaveTheirMean()
    {
        var scores = MetricScores.OfLabels([Metric.Accuracy, Metric.F1], [1, 0, 0, 1, 1], [1, 1, 0, 0, 1]);
        Assert.Equal(["accuracy", "f1", "combined"], scores.Values.Keys);
        Assert.Equal(0.6, scores.Values["accuracy"], 1e-15);
        Assert.Equal((0.6 + (2.0 / 3)) / 2, scores.Combined, 1e-15);
        Assert.Equal(scores.Combined, scores.Values["combined"]);
    }

    [Fact]
    public void OneMetricStandsAlone()
    {
        var scores = MetricScores.OfValues([Metric.Spearman], [1, 2, 4], [1, 5, 7]);
        Assert.Equal(["spearman"], scores.Values.Keys);
        Assert.Equal(1, scores.Combined, 1e-15);
    }

    [Fact]
    public void UndefinedMetricsLeaveTheMeanUndefined() =>
        Assert.Equal(double.NaN, MetricScores.OfValues([Metric.Pearson, Metric.Spearman], [1, 1], [1, 2]).Combined);

    [Fact]
    public void MetricsKnowWhatTheyCompare()
    {
        Assert.Same(Metric.Matthews, Metric.Find("Matthews"));
        Assert.Null(Metric.Find("rouge"));
        Assert.Throws<InvalidOperationException>(() => Metric.Pearson.Compute([1], [1]));
        Assert.Throws<InvalidOperationException>(() => Metric.Accuracy.Compute([1.0], [1.0]));
        Assert.Throws<ArgumentException>(() => MetricScores.OfLabels([], [1], [1]));
    }
}
