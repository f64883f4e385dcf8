using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

public sealed class GeneratorTests : IDisposable
{
    private static readonly GenerationOptions Sampled = new()
    {
        MaxNewTokens = 8,
        Sampling = new SamplingOptions { Seed = 3, Temperature = 2 },
    };

    private readonly Computation computation = new(new ReferenceBackend());

    [Theory]
    [MemberData(nameof(SmallModels.LanguageModelTypes), MemberType = typeof(SmallModels))]
    public void Sampled_tokens_do_not_depend_on_cache_or_padding(string modelType)
    {
        using var model = Random(modelType);
        var generator = new Generator(model, computation);
        var together = generator.Generate([[1, 2, 3, 4, 5], [6, 7]], Sampled);
        Assert.Equal(together, generator.Generate([[1, 2, 3, 4, 5], [6, 7]], Sampled with { UseCache = false }));
        Assert.Equal(together[0], generator.Generate([[1, 2, 3, 4, 5]], Sampled)[0]);
    }

    [Fact]
    public void Every_step_is_reported()
    {
        using var model = Random("llama");
        var steps = new List<int[]>();
        var result = new Generator(model, computation).Generate([[1], [2, 3]], Sampled, step =>
        {
            Assert.Equal(steps.Count, step.Index);
            Assert.Equal([2, model.VocabularySize], step.Logits.Shape.ToArray());
            steps.Add([.. step.Tokens]);
        });
        Assert.Equal(result[0], steps.Select(tokens => tokens[0]));
        Assert.Equal(result[1], steps.Select(tokens => tokens[1]));
    }

    [Fact]
    public void A_row_ends_with_its_end_token()
    {
        using var model = Random("llama");
        var generator = new Generator(model, computation);
        int[] free = generator.Generate([[1, 2]], Sampled)[0];
        int end = free[3];
        int[] ended = generator.Generate([[1, 2]], Sampled with { EndIds = [end] })[0];
        Assert.Equal(free[..(Array.IndexOf(free, end) + 1)], ended);
    }

    [Fact]
    public void Cancellation_is_heard_between_steps()
    {
        using var model = Random("llama");
        using var source = new CancellationTokenSource();
        int steps = 0;
        Assert.Throws<OperationCanceledException>(() => new Generator(model, computation).Generate(
            [[1]],
            Sampled,
            _ =>
            {
                steps++;
                source.Cancel();
            },
            source.Token));
        Assert.Equal(1, steps);
    }

    [Fact]
    public void Prompts_that_cannot_be_continued_are_refused()
    {
        using var model = Random("gpt2");
        var generator = new Generator(model, computation);
        Assert.Throws<ArgumentException>(() => generator.Generate([], Sampled));
        Assert.Equal("empty-prompt", Assert.Throws<InvalidInputException>(() => generator.Generate([[1], []], Sampled)).Code);
        Assert.Equal("sequence-too-long", Assert.Throws<InvalidInputException>(() => generator.Generate([new int[26]], Sampled)).Code);
        Assert.Equal(8, generator.Generate([new int[25]], Sampled)[0].Length);
    }

    public void Dispose() => computation.Dispose();

    private static TransformerModel Random(string modelType) => RandomInitialization.Create(SmallModels.Of(modelType), 11);
}
