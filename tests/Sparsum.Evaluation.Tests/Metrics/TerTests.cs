using Sparsum.Evaluation.Metrics.Text;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

/// <summary>Translation edit rate against sacreBLEU's scores, and against examples worked by hand.</summary>
public sealed class TerTests
{
    private static readonly Dictionary<string, TerOptions> Settings = new()
    {
        ["ter"] = new(),
        ["ter_normalized"] = new() { Normalizes = true },
        ["ter_no_punct"] = new() { DropsPunctuation = true },
        ["ter_case_sensitive"] = new() { IsCaseSensitive = true },
    };

    [SharedTheory(SacreBleuOracle.Part)]
    [InlineData("ter", true)]
    [InlineData("ter_normalized", true)]
    [InlineData("ter_no_punct", true)]
    [InlineData("ter_case_sensitive", true)]
    [InlineData("ter", false)]
    public void EveryScoreIsTheReferences(string setting, bool ofCorpus)
    {
        var oracle = new SacreBleuOracle();
        var cases = oracle.Cases(setting, ofCorpus).ToArray();
        Assert.Equal(ofCorpus ? 2 : 60, cases.Length);
        Assert.All(cases, item =>
        {
            var actual = new Ter(Settings[setting]).Score(item.Hypotheses, item.References);
            Assert.Equal(item.Expected.GetProperty("num_edits").GetInt32(), actual.Edits);
            Assert.Equal(item.Expected.GetProperty("ref_length").GetDouble(), actual.ReferenceLength, 1e-12);
            Assert.Equal(item.Expected.GetProperty("score").GetDouble(), actual.Score, 1e-10);
        });
        Assert.Equal(oracle.Corpus(setting).GetProperty("signature").GetString(), Settings[setting].Signature(1) + "|version:2.5.1");
    }

    [Theory]
    [InlineData("a b c d", "a b c d", 0)]
    [InlineData("a b x d", "a b c d", 1)]
    [InlineData("d a b c", "a b c d", 1)] // "d" moves
    [InlineData("d e a b c", "a b c d e", 1)] // "d e" moves
    [InlineData("d e a b c x", "a b c d e", 2)]
    [InlineData("", "a b", 2)]
    [InlineData("A b", "a B", 0)]
    public void EditsWorkedByHand(string hypothesis, string reference, int edits) =>
        Assert.Equal(edits, new Ter().Score([hypothesis], [reference]).Edits);

    [Fact]
    public void TheBeamMissesWordsFarFromTheDiagonal()
    {
        // 3 words of the first 3 of 300: the beam of 75 around 100, 200 and 300 sees none of them, so that each counts as substituted.
        string[] many = [.. Enumerable.Range(0, 300).Select(i => $"w{i}")];
        string longer = string.Join(' ', many);
        string shorter = string.Join(' ', many.Take(3));
        Assert.Equal(300, new Ter().Score([shorter], [longer]).Edits);
        Assert.Equal(297, new Ter().Score([longer], [shorter]).Edits);
        Assert.Equal(100, new Ter().Score(["a"], [""]).Score);
    }
}
