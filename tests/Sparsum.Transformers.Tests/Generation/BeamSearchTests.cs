using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

public sealed class BeamSearchTests : IDisposable
{
    private readonly Computation computation = new(new ReferenceBackend());

    [Fact]
    public void As_many_beams_as_tokens_find_the_likeliest_pair()
    {
        using var model = RandomInitialization.Create(SmallModels.Of("llama"), 11);
        var generator = new Generator(model, computation);
        int[] best = [];
        double highest = double.NegativeInfinity;
        double[] first = Next([1, 2]);
        for (int a = 0; a < first.Length; a++)
        {
            double[] second = Next([1, 2, a]);
            for (int b = 0; b < second.Length; b++)
            {
                if (first[a] + second[b] > highest)
                {
                    (highest, best) = (first[a] + second[b], [a, b]);
                }
            }
        }

        var found = generator.GenerateScored([[1, 2]], new GenerationOptions { MaxNewTokens = 2, NumBeams = model.VocabularySize, LengthPenalty = 0 })[0];
        Assert.Equal(best, found.Tokens);
        Assert.Equal(highest, found.Score!.Value, 1e-4);

        double[] Next(int[] prompt)
        {
            double[] result = [];
            generator.Generate([prompt], new GenerationOptions { MaxNewTokens = 1 }, step =>
            {
                float[] logits = step.Logits.ToArray();
                double sum = Math.Log(logits.Sum(logit => Math.Exp(logit)));
                result = [.. logits.Select(logit => logit - sum)];
            });
            return result;
        }
    }

    [Theory]
    [MemberData(nameof(SmallModels.LanguageModelTypes), MemberType = typeof(SmallModels))]
    public void Beams_do_not_depend_on_cache_or_padding(string modelType)
    {
        using var model = RandomInitialization.Create(SmallModels.Of(modelType), 11);
        var generator = new Generator(model, computation);
        var options = new GenerationOptions { MaxNewTokens = 6, NumBeams = 3, NumReturnSequences = 2 };
        var together = generator.Generate([[1, 2, 3, 4, 5], [6, 7]], options);
        Assert.Equal(4, together.Count);
        Assert.Equal(together, generator.Generate([[1, 2, 3, 4, 5], [6, 7]], options with { UseCache = false }));
        Assert.Equal(together.Skip(2), generator.Generate([[6, 7]], options));
    }

    [Fact]
    public void Options_that_do_not_go_together_are_refused()
    {
        foreach (var options in new[]
        {
            new GenerationOptions { NumBeams = 0 },
            new GenerationOptions { NumBeams = 2, NumReturnSequences = 3 },
            new GenerationOptions { NumBeams = 2, Sampling = new SamplingOptions() },
            new GenerationOptions { LengthPenalty = double.NaN },
            new GenerationOptions { NoRepeatNgramSize = -1 },
            new GenerationOptions { BadWordsIds = [[]] },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(options.Validate);
        }
    }

    [Fact]
    public void Settings_that_the_model_cannot_follow_are_refused()
    {
        using var model = RandomInitialization.Create(SmallModels.Of("llama"), 11);
        var generator = new Generator(model, computation);
        var unknown = new GenerationOptions { SuppressTokens = [model.VocabularySize] };
        Assert.Contains("suppress_tokens", Assert.Throws<InvalidInputException>(() => generator.Generate([[1]], unknown)).Message, StringComparison.Ordinal);
        var tooShort = new GenerationOptions { MaxLength = 2 };
        Assert.Contains("max_length", Assert.Throws<InvalidInputException>(() => generator.Generate([[1, 2]], tooShort)).Message, StringComparison.Ordinal);
        var nothing = new GenerationOptions { SuppressTokens = [.. Enumerable.Range(0, model.VocabularySize)] };
        Assert.Equal("no-token-left", Assert.Throws<RunFailedException>(() => generator.Generate([[1]], nothing)).Code);
        Assert.Equal("no-token-left", Assert.Throws<RunFailedException>(() => generator.Generate([[1]], nothing with { NumBeams = 2 })).Code);
    }

    public void Dispose() => computation.Dispose();
}
