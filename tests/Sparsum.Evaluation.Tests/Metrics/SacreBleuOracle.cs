using System.Text.Json;
using Sparsum.Testing;

namespace Sparsum.Evaluation.Tests.Metrics;

/// <summary>Segments and the scores that sacreBLEU gave them.</summary>
internal sealed class SacreBleuOracle
{
    public const string Part = "oracle/metrics/sacrebleu.json";

    private readonly JsonElement root = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle", "metrics", "sacrebleu.json"))).RootElement;

    public SacreBleuOracle()
    {
        var pairs = root.GetProperty("pairs").EnumerateArray().ToArray();
        Hypotheses = [.. pairs.Select(pair => pair.GetProperty("hypothesis").GetString()!)];
        References = [.. Enumerable.Range(0, 2).Select(set => pairs.Select(pair => pair.GetProperty("references")[set].GetString()!).ToArray())];
    }

    public string[] Hypotheses { get; }

    /// <summary>Two sets.</summary>
    public string[][] References { get; }

    public JsonElement Tokens => root.GetProperty("tokenized_hypothesis_then_references");

    public JsonElement Corpus(string setting) => root.GetProperty("corpus").GetProperty(setting);

    /// <summary>Every expected result of a setting with what it is the result of.</summary>
    public IEnumerable<(JsonElement Expected, string[] Hypotheses, string[][] References)> Cases(string setting, bool ofCorpus)
    {
        if (ofCorpus)
        {
            yield return (Corpus(setting).GetProperty("two_references"), Hypotheses, References);
            yield return (Corpus(setting).GetProperty("first_reference_only"), Hypotheses, References[..1]);
            yield break;
        }

        foreach (var (i, sentence) in root.GetProperty("sentence").EnumerateArray().Index())
        {
            string[][] references = [.. References.Select(set => set[i..(i + 1)])];
            var expected = sentence.GetProperty(setting);
            yield return (expected.GetProperty("two_references"), Hypotheses[i..(i + 1)], references);
            yield return (expected.GetProperty("first_reference_only"), Hypotheses[i..(i + 1)], references[..1]);
        }
    }
}
