using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class SamplingTests
{
    [SharedFact("oracle/pruning/sampling.json")]
    public void Documents_and_offsets_are_those_of_the_published_loaders()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle/pruning/sampling.json")));
        var corpora = json.RootElement.GetProperty("corpora");
        int[] small = Integers(corpora.GetProperty("small").GetProperty("token_lengths"));
        int documents = corpora.GetProperty("big").GetProperty("documents").GetInt32();
        var cases = json.RootElement.GetProperty("c4").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        foreach (var c in cases)
        {
            bool isSmall = c.GetProperty("corpus").GetString() == "small";
            var tokenised = new List<int>();
            var sampler = new DocumentSampler(
                isSmall ? small.Length : documents,
                document =>
                {
                    tokenised.Add(document);
                    return Enumerable.Range(0, isSmall ? small[document] : (int)(1 + (((7919L * document) + 13) % 6000))).ToArray();
                },
                c.GetProperty("seqlen").GetInt32(),
                c.GetProperty("seed").GetInt64());
            var expectedDraws = c.GetProperty("draws").EnumerateArray().Select(Integers).ToList();
            foreach (int[] expected in expectedDraws)
            {
                var (draw, ids) = sampler.Next();

                Assert.Equal(new CalibrationDraw(expected[0], expected[1]), draw);
                Assert.Equal(Enumerable.Range(expected[1], ids.Length), ids);
            }

            int[] expectedDocuments = Integers(c.GetProperty("tokenised_documents"));
            Assert.Equal(expectedDocuments.Length, sampler.DocumentDraws);
            Assert.Equal(expectedDocuments.Distinct(), tokenised);
        }
    }

    [SharedFact("oracle/pruning/sampling.json")]
    public void Stream_offsets_are_those_of_the_published_loaders()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle/pruning/sampling.json")));
        foreach (var c in json.RootElement.GetProperty("stream").EnumerateArray())
        {
            int length = c.GetProperty("seqlen").GetInt32();
            var sampler = new StreamSampler(new int[c.GetProperty("stream_tokens").GetInt32()], c.GetProperty("seed").GetInt64());

            Assert.Equal(
                Integers(c.GetProperty("offsets")),
                Enumerable.Range(0, c.GetProperty("nsamples").GetInt32()).Select(_ => sampler.Next(length).Draw.Offset));
        }
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("llama_a", 1)]
    [InlineData("opt_a", 2)]
    [InlineData("phi_a", null)]
    public void Calibration_ids_are_those_of_the_reference_runs(string model, int? first)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle/pruning/sampling.json")));
        var documents = json.RootElement.GetProperty("model_corpus").GetProperty("documents").EnumerateArray().Select(Integers).ToList();
        var expected = Oracle.Open(model).CalibrationIds;
        var sampler = new DocumentSampler(
            documents.Count, document => [.. first is { } id ? new[] { id } : [], .. documents[document]], expected[0].Length, seed: 0);

        Assert.Equal(expected, expected.Select(_ => sampler.Next().Ids));
    }

    [Fact]
    public void A_corpus_without_a_long_document_ends_with_an_error()
    {
        var sampler = new DocumentSampler(5, document => new int[10 + document], length: 14, seed: 0);

        var error = Assert.Throws<InvalidInputException>(() => sampler.Next());

        Assert.Equal("calibration-too-short", error.Code);
        Assert.Contains("0 of 5", error.Found, StringComparison.Ordinal);
        Assert.Contains("`calibration-rule stream`", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void One_long_document_among_many_is_found()
    {
        var sampler = new DocumentSampler(500, document => new int[document == 321 ? 15 : 3], length: 14, seed: 0);

        Assert.Equal(new CalibrationDraw(321, 0), sampler.Next().Draw);
    }

    [Fact]
    public void A_stream_must_be_longer_than_the_window()
    {
        Assert.Equal("calibration-too-short", Assert.Throws<InvalidInputException>(() => new StreamSampler(new int[64], 0).Next(64)).Code);
        Assert.Equal(0, new StreamSampler(new int[65], 0).Next(64).Draw.Offset);
    }

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
