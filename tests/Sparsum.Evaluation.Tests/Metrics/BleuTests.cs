using System.Text.Json;
using Sparsum.Evaluation.Metrics.Text;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Metrics;

/// <summary>BLEU against sacreBLEU's scores, and against examples worked by hand.</summary>
public sealed class BleuTests
{
    private static readonly Dictionary<string, BleuOptions> Settings = new()
    {
        ["bleu_13a"] = new(),
        ["bleu_13a_lowercase"] = new() { Lowercase = true },
        ["bleu_intl"] = new() { Tokenizer = BleuTokenizer.International },
        ["bleu_char"] = new() { Tokenizer = BleuTokenizer.Characters },
        ["bleu_zh"] = new() { Tokenizer = BleuTokenizer.Chinese },
        ["bleu_none"] = new() { Tokenizer = BleuTokenizer.None },
        ["bleu_smooth_add_k"] = new() { Smoothing = BleuSmoothing.AddK },
        ["bleu_smooth_floor"] = new() { Smoothing = BleuSmoothing.Floor },
        ["bleu_smooth_none"] = new() { Smoothing = BleuSmoothing.None },
        ["bleu_max2"] = new() { MaxOrder = 2 },
        ["bleu_13a_effective_order"] = new() { EffectiveOrder = true },
        ["bleu_intl_effective_order"] = new() { EffectiveOrder = true, Tokenizer = BleuTokenizer.International },
        ["bleu_char_effective_order"] = new() { EffectiveOrder = true, Tokenizer = BleuTokenizer.Characters },
        ["bleu_13a_smooth_add_k"] = new() { EffectiveOrder = true, Smoothing = BleuSmoothing.AddK },
    };

    public static TheoryData<string, bool> Names()
    {
        var names = new TheoryData<string, bool>();
        foreach (var (i, name) in Settings.Keys.Index())
        {
            names.Add(name, i < 10);
        }

        return names;
    }

    [SharedTheory(SacreBleuOracle.Part)]
    [MemberData(nameof(Names))]
    public void EveryScoreIsTheReferences(string setting, bool ofCorpus)
    {
        var oracle = new SacreBleuOracle();
        var bleu = new Bleu(Settings[setting]);
        int count = 0;
        foreach (var (expected, hypotheses, references) in oracle.Cases(setting, ofCorpus))
        {
            var actual = bleu.Score(hypotheses, references);
            Assert.Equal(expected.GetProperty("score").GetDouble(), actual.Score, 1e-10);
            Assert.Equal(expected.GetProperty("bp").GetDouble(), actual.BrevityPenalty, 1e-14);
            Assert.Equal(expected.GetProperty("sys_len").GetInt32(), actual.HypothesisLength);
            Assert.Equal(expected.GetProperty("ref_len").GetInt32(), actual.ReferenceLength);
            Assert.Equal(Numbers(expected, "counts"), actual.Matches);
            Assert.Equal(Numbers(expected, "totals"), actual.Totals);
            Assert.All(Numbers(expected, "precisions").Zip(actual.Precisions), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
            count++;
        }

        Assert.Equal(ofCorpus ? 2 : 60, count);
        if (ofCorpus)
        {
            Assert.Equal(oracle.Corpus(setting).GetProperty("signature").GetString(), Settings[setting].Signature(1) + "|version:2.5.1");
        }
    }

    [SharedTheory(SacreBleuOracle.Part)]
    [InlineData("13a")]
    [InlineData("intl")]
    [InlineData("zh")]
    [InlineData("char")]
    public void EveryTokenIsTheReferences(string name)
    {
        var oracle = new SacreBleuOracle();
        var tokenizer = BleuTokenizer.Find(name)!;
        foreach (var (i, expected) in oracle.Tokens.GetProperty(name).EnumerateArray().Index())
        {
            string[] texts = [oracle.Hypotheses[i], oracle.References[0][i], oracle.References[1][i]];
            Assert.Equal(expected.EnumerateArray().Select(item => Normal(item.GetString()!)), texts.Select(text => string.Join(' ', tokenizer.Tokenize(text))));
        }
    }

    [Theory]
    [InlineData("Hello, world! It's 3.14 - done-2.", "Hello , world ! It's 3.14 - done-2 .")]
    [InlineData("U.S. 1,000.50% (a/b) &quot;x&quot;", "U . S . 1,000.50 % ( a / b ) \" x \"")]
    [InlineData("2010-2011 it's $5.", "2010 - 2011 it's $ 5 .")]
    [InlineData("a,b 1,2 3,x x,3", "a , b 1,2 3 , x x , 3")]
    public void TokensWorkedByHand(string text, string expected) => Assert.Equal(expected, string.Join(' ', BleuTokenizer.V13A.Tokenize(text)));

    [Theory]
    [InlineData("the cat sat on the mat .", "the cat is on the mat .", 48.8923)]
    [InlineData("the cat sat on the mat .|a dog ran", "the cat is on the mat .|the dog ran away", 40.8806)]
    [InlineData("It's 3.14, done-2.", "It's 3.14, done-3.", 42.7287)]
    [InlineData("a b c d", "a b x d", 35.3553)]
    public void ScoresWorkedByHand(string hypotheses, string references, double expected) =>
        Assert.Equal(expected, new Bleu().Score(hypotheses.Split('|'), references.Split('|')).Score, 5e-5);

    [Fact]
    public void LowerCaseIsThatOfUnicode() =>
        Assert.Equal(100, new Bleu(new BleuOptions { Lowercase = true }).Score(["ΟΔΟΣ ΣΑΣ İ K a"], ["οδος σας i\u0307 k a"]).Score, 1e-9);

    [Fact]
    public void WhatCannotBeScoredIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Bleu().Score(["a"], ["a", "b"]));
        Assert.Throws<ArgumentException>(() => new Bleu().Score([], [[]]));
        Assert.Throws<ArgumentException>(() => new Bleu().Score(["a"]));
        Assert.Throws<ArgumentException>(() => new Bleu(new BleuOptions { SmoothingValue = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Bleu(new BleuOptions { MaxOrder = 0 }));
        Assert.Null(BleuTokenizer.Find("13b"));
    }

    private static string Normal(string tokens) => string.Join(' ', tokens.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static double[] Numbers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(item => item.GetDouble())];
}
