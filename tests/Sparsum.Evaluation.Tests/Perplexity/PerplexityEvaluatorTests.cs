using Sparsum.Core;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Tests.Fakes;
using Sparsum.Evaluation.Texts;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Evaluation.Tests.Perplexity;

public sealed class PerplexityEvaluatorTests : IDisposable
{
    private static readonly string[] Documents = ["abcd", "dcbadcba", "a", "bbdacab", "ccdd", "abcdabcdabcd", "da"];

    private readonly ReferenceBackend backend = new();
    private readonly CausalLanguageModel model = FakeModels.Decoder();

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void BatchesDoNotChangeTheFigure(int batchTokens)
    {
        LoadAll();

        // One document at a time, without any padding.
        double total = 0;
        foreach (string document in Documents)
        {
            total += PerplexityEvaluator.Measure(model, Text([document]), backend).NegativeLogLikelihood;
        }

        var result = PerplexityEvaluator.Measure(model, Text(Documents, batchTokens), backend);
        Assert.Equal(total, result.NegativeLogLikelihood, total * 1e-6);
        Assert.Equal(Documents.Sum(document => document.Length), result.Tokens);
    }

    [Fact]
    public void StreamingGivesTheSameFigureAndLeavesNothingLoaded()
    {
        var streamed = PerplexityEvaluator.MeasureStreaming(model, FakeModels.Load, Text(Documents, 10), backend);
        Assert.All(model.Parameters, parameter => Assert.False(parameter.IsLoaded));
        Assert.All(model.Blocks, block => Assert.All(block.Linears, linear => Assert.Equal(0, linear.PackedBytes)));
        LoadAll();
        var expected = PerplexityEvaluator.Measure(model, Text(Documents, 10), backend);
        Assert.Equal(expected.NegativeLogLikelihood, streamed.NegativeLogLikelihood, expected.NegativeLogLikelihood * 1e-6);
    }

    [Fact]
    public void StreamingUsesAndKeepsWhatIsLoaded()
    {
        LoadAll();
        model.Blocks[0].Linears[0].Weight.Value.Clear();
        var expected = PerplexityEvaluator.Measure(model, Text(Documents), backend);
        var streamed = PerplexityEvaluator.MeasureStreaming(
            model, parameter => Assert.Fail($"{parameter.Name} was read again"), Text(Documents), backend);
        Assert.Equal(expected.Perplexity, streamed.Perplexity);
        Assert.All(model.Parameters, parameter => Assert.True(parameter.IsLoaded));
    }

    [Fact]
    public void StreamingHoldsOneBlockAtATime()
    {
        PerplexityEvaluator.MeasureStreaming(
            model,
            parameter =>
            {
                FakeModels.Load(parameter);
                int inBlocks = model.Blocks.Count(block => block.Parameters.Any(other => other.IsLoaded));
                Assert.InRange(inBlocks, 0, 1);
            },
            Text(Documents),
            backend);
    }

    [Fact]
    public void LossThatIsNotFiniteNamesTheDocument()
    {
        LoadAll();
        model.TokenEmbedding.Value.Row(4)[0] = float.NaN;
        var error = Assert.Throws<RunFailedException>(() => PerplexityEvaluator.Measure(model, Text(["ab", "ba", "adb"]), backend));
        Assert.Equal("loss-not-finite", error.Code);
        Assert.Contains("document 2", error.Message, StringComparison.Ordinal);
        Assert.Equal("NaN", error.Found);
    }

    [Fact]
    public void IdsBeyondTheVocabularyAreATypedError()
    {
        using var small = FakeModels.Decoder(vocabulary: 3);
        var error = Assert.Throws<InvalidInputException>(() => PerplexityEvaluator.Measure(small, Text(["abcd"]), backend));
        Assert.Equal("unknown-token-id", error.Code);
    }

    [Fact]
    public void CancellationStopsBeforeTheNextBatchAndProgressCounts()
    {
        LoadAll();
        using var source = new CancellationTokenSource();
        var reports = new List<PerplexityProgress>();
        var progress = new CallbackProgress<PerplexityProgress>(report =>
        {
            reports.Add(report);
            source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(
            () => PerplexityEvaluator.Measure(model, Text(Documents, 1), backend, progress, source.Token));
        Assert.Equal([new PerplexityProgress(1, Documents.Length)], reports);
    }

    public void Dispose()
    {
        model.Dispose();
        backend.Dispose();
    }

    private static TokenizedText Text(string[] documents, int batchTokens = 4096)
    {
        using var file = TemporaryFile.JsonLines(documents);
        var options = new PerplexityOptions { BatchTokens = batchTokens };
        return TokenizedText.Create(TextFile.Read(file.Path), new LetterTokenizer(true), 64, options);
    }

    private void LoadAll()
    {
        foreach (var parameter in model.Parameters)
        {
            FakeModels.Load(parameter);
        }
    }
}
