using Sparsum.Evaluation.Metrics;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

public sealed class ClassificationMetricsTests
{
    [Fact]
    public void FiguresOfAHandCheckedExample()
    {
        // By hand: examples 1 and 5 are true positives, 3 a true negative, 4 a false positive, 2 a false negative.
        int[] references = [1, 1, 0, 0, 1];
        int[] predictions = [1, 0, 0, 1, 1];
        Assert.Equal(0.6, ClassificationMetrics.Accuracy(predictions, references), 1e-15);
        Assert.Equal(2.0 / 3, ClassificationMetrics.F1(predictions, references), 1e-15);
        Assert.Equal(1.0 / 6, ClassificationMetrics.Matthews(predictions, references), 1e-15);
    }

    [Fact]
    public void FiguresAgreeWithTheirOtherDefinitions()
    {
        var random = new Random(3);
        for (int repeat = 0; repeat < 200; repeat++)
        {
            int count = random.Next(2, 60);
            int[] references = [.. Enumerable.Range(0, count).Select(_ => random.Next(2))];
            int[] predictions = [.. references.Select(label => random.Next(3) == 0 ? 1 - label : label)];
            if (references.Distinct().Count() < 2 || predictions.Distinct().Count() < 2)
            {
                continue;
            }

            var pairs = predictions.Zip(references).ToArray();
            double hits = pairs.Count(pair => pair is (1, 1));
            double precision = hits / predictions.Sum();
            double recall = hits / references.Sum();
            double harmonic = hits == 0 ? 0 : 2 / ((1 / precision) + (1 / recall));
            Assert.Equal(1 - pairs.Average(pair => Math.Abs(pair.First - pair.Second)), ClassificationMetrics.Accuracy(predictions, references), 1e-12);
            Assert.Equal(harmonic, ClassificationMetrics.F1(predictions, references), 1e-12);

            // The correlation of two yes-or-no variables is Pearson's on 0 and 1.
            double phi = NaiveCorrelation.Pearson([.. predictions.Select(label => (double)label)], [.. references.Select(label => (double)label)]);
            Assert.Equal(phi, ClassificationMetrics.Matthews(predictions, references), 1e-12);
        }
    }

    [Fact]
    public void AccuracyTakesAnyLabels() =>
        Assert.Equal(0.75, ClassificationMetrics.Accuracy([0, 2, 1, 7], [0, 2, 2, 7]));

    [Fact]
    public void UndefinedFiguresAreZero()
    {
        Assert.Equal(0, ClassificationMetrics.F1([0, 0], [0, 0]));
        Assert.Equal(0, ClassificationMetrics.F1([0, 1], [1, 0]));
        Assert.Equal(0, ClassificationMetrics.Matthews([1, 1, 1], [0, 1, 0]));
        Assert.Equal(0, ClassificationMetrics.Matthews([0, 1], [1, 1]));
    }

    [Fact]
    public void OppositePredictionsCorrelateNegatively() =>
        Assert.Equal(-1, ClassificationMetrics.Matthews([0, 1, 0, 1], [1, 0, 1, 0]), 1e-15);

    [Fact]
    public void ManyExamplesDoNotOverflow()
    {
        int[] references = [.. Enumerable.Range(0, 200_000).Select(i => i % 2)];
        Assert.Equal(1, ClassificationMetrics.Matthews(references, references), 1e-12);
    }

    [Fact]
    public void InputThatCannotBeScoredIsRefused()
    {
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Accuracy([], []));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Accuracy([1], [1, 0]));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.F1([2], [1]));
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Matthews([0], [-1]));
    }
}
