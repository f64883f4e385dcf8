using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Texts;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;
using Xunit.Abstractions;

namespace Sparsum.Evaluation.Tests.Perplexity;

/// <summary>
/// Perplexities of real models that another stack has measured, printed with two decimals. The long ones run with
/// <c>SPARSUM_SLOW_TESTS=1</c>.
/// </summary>
public sealed class ReferencePerplexityTests(ITestOutputHelper output)
{
    [SharedTheory("models/stories260K")]
    [InlineData(20, 3.80)]
    [InlineData(40, 3.69)]
    public void DocumentsOfTinyStories(int count, double expected)
    {
        var options = new PerplexityOptions { Window = 512, LastDocument = count - 1 };
        AssertPerplexity("stories260K", ["tinystories", "tinystories-1000.jsonl"], options, expected);
    }

    [SlowSharedTheory("models/llama-3m")]
    [InlineData("llama-3m", 97.21)]
    [InlineData("opt-3m", 137.20)]
    public void ConcatenatedOpenWebText(string model, double expected)
    {
        var options = new PerplexityOptions
        {
            Protocol = PerplexityProtocol.Concatenated,
            Window = 512,
            FirstDocument = 900,
            LastDocument = 999,
        };
        AssertPerplexity(model, ["openwebtext", "openwebtext-1000.jsonl"], options, expected);
    }

    [SlowSharedTheory("models/llama-3m")]
    [InlineData("llama-3m", 76.27)]
    [InlineData("opt-3m", 109.77)]
    public void JoinedWikiText2(string model, double expected) =>
        AssertPerplexity(model, ["wikitext-2-raw", "wiki.test.raw"], new PerplexityOptions { Window = 512 }, expected);

    [SharedFact("models/stories260K")]
    public void StreamingAgreesOnARealModel()
    {
        using var model = PretrainedModel.Open(SharedFiles.Path("models", "stories260K"));
        using var backend = new CpuBackend();
        var file = TextFile.Read(SharedFiles.Path("data", "tinystories", "tinystories-1000.jsonl"));
        var text = TokenizedText.Create(file, model.Tokenizer, model.Model.MaxPositions, new PerplexityOptions { LastDocument = 9 });
        var streamed = PerplexityEvaluator.MeasureStreaming(model, text, backend);
        Assert.DoesNotContain(model.Model.Parameters, parameter => parameter.IsLoaded);
        model.LoadAll();
        var expected = PerplexityEvaluator.Measure(model.LanguageModel, text, backend);
        Assert.Equal(expected.Perplexity, streamed.Perplexity, expected.Perplexity * 1e-6);
    }

    private void AssertPerplexity(string name, string[] data, PerplexityOptions options, double expected)
    {
        using var model = PretrainedModel.Open(SharedFiles.Path("models", name));
        using var backend = new CpuBackend();
        var text = TokenizedText.Create(
            TextFile.Read(SharedFiles.Path(["data", .. data])), model.Tokenizer, model.Model.MaxPositions, options);
        model.LoadAll();
        var result = PerplexityEvaluator.Measure(model.LanguageModel, text, backend);
        output.WriteLine($"{name}: {result.Perplexity:R}, {result.Tokens} tokens, {result.Description}");

        // A tenth of a percent, and what two decimals leave open.
        Assert.Equal(expected, result.Perplexity, (expected * 0.001) + 0.005);
    }
}
