using System.Text.Json;
using Sparsum.Evaluation.Metrics.Text;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

/// <summary>ROUGE against the scores that rouge_score gave, and against examples worked by hand.</summary>
public sealed class RougeTests
{
    [SharedTheory("oracle/metrics/rouge.json")]
    [InlineData("no_stemmer", false)]
    [InlineData("stemmer", true)]
    public void EveryScoreIsTheReferences(string key, bool stems)
    {
        using var oracle = Open();
        var rouge = new Rouge(stems);
        var firsts = new List<RougeScores>();
        var scores = oracle.RootElement.GetProperty("scores").GetProperty(key);
        foreach (var (pair, expected) in oracle.RootElement.GetProperty("pairs").EnumerateArray().Zip(
            scores.GetProperty("per_pair_per_reference").EnumerateArray()))
        {
            string hypothesis = pair.GetProperty("hypothesis").GetString()!;
            string[] references = [.. pair.GetProperty("references").EnumerateArray().Select(item => item.GetString()!)];
            for (int i = 0; i < references.Length; i++)
            {
                var actual = rouge.Score(hypothesis, references[i]);
                foreach (var (name, score) in actual.ByName)
                {
                    AssertEqual(expected[i].GetProperty(name), (score.Precision, score.Recall, score.FMeasure), $"{name}: {hypothesis} / {references[i]}");
                }
            }

            firsts.Add(rouge.Score(hypothesis, references[0]));
        }

        Assert.Equal(30, firsts.Count);
        foreach (var mean in scores.GetProperty("mean_over_first_references").EnumerateObject())
        {
            AssertEqual(mean.Value, RougeScores.Mean(firsts, mean.Name), mean.Name);
        }
    }

    [SharedFact("oracle/metrics/rouge.json")]
    public void EveryStemIsTheReferences()
    {
        using var oracle = Open();
        var stems = oracle.RootElement.GetProperty("porter_stems").EnumerateObject().ToArray();
        Assert.True(stems.Length > 900);
        Assert.All(stems, stem => Assert.Equal(stem.Value.GetString()!, PorterStemmer.Stem(stem.Name)));
    }

    [Fact]
    public void ScoresWorkedByHand()
    {
        var scores = new Rouge(stems: false).Score("the quick brown dog jumps on the log", "the quick brown fox jumps over the lazy dog");
        Assert.Equal(0.75, scores.Rouge1.Precision, 1e-15);
        Assert.Equal(6.0 / 9, scores.Rouge1.Recall, 1e-15);
        Assert.Equal(2 * 0.75 * (6.0 / 9) / (0.75 + (6.0 / 9)), scores.Rouge1.FMeasure, 1e-15);

        // Two of 7 and of 8 pairs: "the quick", "quick brown". In order: the quick brown jumps the.
        Assert.Equal(4.0 / 15, scores.Rouge2.FMeasure, 1e-15);
        Assert.Equal(10.0 / 17, scores.RougeL.FMeasure, 1e-15);
    }

    [Fact]
    public void LinesAreSentencesForTheSummaryScoreAlone()
    {
        var scores = new Rouge().Score("second line\nfirst line", "first line\nsecond line");
        Assert.Equal(1, scores.RougeLsum.FMeasure);
        Assert.Equal(0.5, scores.RougeL.FMeasure);
    }

    [Theory]
    [InlineData("skies", "sky")]
    [InlineData("dies", "die")]
    [InlineData("tied", "tie")]
    [InlineData("hopping", "hop")]
    [InlineData("filing", "file")]
    [InlineData("falling", "fall")]
    [InlineData("relational", "relat")]
    [InlineData("analogousli", "analog")]
    [InlineData("geology", "geolog")]
    [InlineData("adoption", "adopt")]
    [InlineData("controll", "control")]
    [InlineData("by", "by")]
    public void StemsWorkedByHand(string word, string stem) => Assert.Equal(stem, PorterStemmer.Stem(word));

    [Fact]
    public void NothingScoresNothing()
    {
        Assert.All(new Rouge().Score("", "some words").ByName.Values, score => Assert.Equal(0, score.FMeasure));
        Assert.All(new Rouge().Score("日本", "日本").ByName.Values, score => Assert.Equal(0, score.FMeasure));
        Assert.Throws<ArgumentException>(() => new Rouge().Score(["one"], ["one", "two"]));
        Assert.Throws<ArgumentException>(() => RougeScores.Mean([], "rouge1"));
    }

    private static JsonDocument Open() => JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle", "metrics", "rouge.json")));

    private static void AssertEqual(JsonElement expected, (double Precision, double Recall, double FMeasure) actual, string what)
    {
        Assert.True(Math.Abs(expected.GetProperty("precision").GetDouble() - actual.Precision) < 1e-12, what);
        Assert.True(Math.Abs(expected.GetProperty("recall").GetDouble() - actual.Recall) < 1e-12, what);
        Assert.True(Math.Abs(expected.GetProperty("fmeasure").GetDouble() - actual.FMeasure) < 1e-12, what);
    }
}
