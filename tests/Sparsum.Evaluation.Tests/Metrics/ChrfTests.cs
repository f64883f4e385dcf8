using Sparsum.Evaluation.Metrics.Text;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

/// <summary>chrF and chrF++ against sacreBLEU's scores, and against an example worked by hand.</summary>
public sealed class ChrfTests
{
    private static readonly Dictionary<string, ChrfOptions> Settings = new()
    {
        ["chrf"] = new(),
        ["chrf++"] = new() { WordOrder = 2 },
        ["chrf_lowercase"] = new() { Lowercase = true },
        ["chrf_beta1"] = new() { Beta = 1 },
        ["chrf_eps"] = new() { AveragesFMeasures = true },
    };

    [SharedTheory(SacreBleuOracle.Part)]
    [InlineData("chrf", true)]
    [InlineData("chrf++", true)]
    [InlineData("chrf_lowercase", true)]
    [InlineData("chrf_beta1", true)]
    [InlineData("chrf_eps", true)]
    [InlineData("chrf", false)]
    [InlineData("chrf++", false)]
    public void EveryScoreIsTheReferences(string setting, bool ofCorpus)
    {
        var oracle = new SacreBleuOracle();
        var cases = oracle.Cases(setting, ofCorpus).ToArray();
        Assert.Equal(ofCorpus ? 2 : 60, cases.Length);
        Assert.All(cases, item => Assert.Equal(
            item.Expected.GetProperty("score").GetDouble(), new Chrf(Settings[setting]).Score(item.Hypotheses, item.References), 1e-10));
        Assert.Equal(oracle.Corpus(setting).GetProperty("signature").GetString(), Settings[setting].Signature(1) + "|version:2.5.1");
    }

    [Fact]
    public void AScoreWorkedByHand()
    {
        // "abc" in "ab c d": 3 of 3 and 4, 2 of 2 and 3, 1 of 1 and 2; longer ones are not in the hypothesis.
        double recall = ((3 / 4.0) + (2 / 3.0) + (1 / 2.0)) / 3;
        Assert.Equal(100 * 5 * recall / (4 + recall), new Chrf().Score(["abc"], ["ab c d"]), 1e-12);

        // Words too: "(hi" and ")" against "(", "hi" and ")" share one word and no pair; the four orders of characters are the same.
        double precision = (4 + (1 / 2.0) + 0) / 6;
        recall = (4 + (1 / 3.0) + 0) / 6;
        Assert.Equal(
            100 * 5 * precision * recall / ((4 * precision) + recall), new Chrf(new ChrfOptions { WordOrder = 2 }).Score(["(hi)"], ["(hi )"]), 1e-12);
    }

    [Fact]
    public void WhatCannotBeScoredIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Chrf().Score(["a", "b"], ["a"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Chrf(new ChrfOptions { Beta = 0 }));
        Assert.Equal(0, new Chrf().Score([""], ["a"]));
    }
}
