using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>Keys and values in fewer bits: how far logits move, and that nothing else changes.</summary>
public class CacheStorageTests
{
    public static TheoryData<string, string> Models
    {
        get
        {
            var data = new TheoryData<string, string>();
            Array.ForEach(OracleModel.Names, name => data.Add(name, "models"));
            foreach (string name in new[] { "t5_v1_0", "t5_v1_1" })
            {
                data.Add(name, "models");
            }

            foreach (string name in new[] { "bart", "marian", "bloom", "gemma2", "gemma3_text", "phi3_longrope", "llama_dynamic" })
            {
                data.Add(name, "families");
            }

            return data;
        }
    }

    /// <summary>
    /// Token by token along what float32 writes, logits stay within 1/80 (bfloat16) and 1/30 (int8) of the largest magnitude among those of
    /// float32: a few times the largest error of a number, 1/256 of itself and 1/254 of the largest of its head. Models with experts are left
    /// out, because a router to which two of them are nearly alike may choose the other.
    /// </summary>
    [SharedTheory("oracle")]
    [MemberData(nameof(Models))]
    public void Logits_stay_within_their_bounds(string name, string part)
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("oracle", part, name));
        pretrained.LoadAll();
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        var model = pretrained.GenerativeModel;
        var random = new Random(1);
        int[] prompt = [.. Enumerable.Range(0, 12).Select(_ => random.Next(4, model.VocabularySize))];
        int[] target = [.. prompt[..1], .. new Generator(model, computation).Generate([prompt], new GenerationOptions { MaxNewTokens = 9 })[0]];
        float[] expected = Run(StorageType.Float32);
        float largest = expected.Max(Math.Abs);
        foreach (var (storage, share) in new[] { (StorageType.BFloat16, 80), (StorageType.Int8, 30) })
        {
            float[] actual = Run(storage);
            Assert.NotEqual(expected, actual);
            Numbers.AssertClose(expected, actual, largest / share, $"{storage}");
        }

        float[] Run(StorageType storage)
        {
            var logits = new List<float>();
            if (model is EncoderDecoderModel pair)
            {
                var source = new TokenBatch(prompt, 1);
                using var encoded = pair.Encode(pair.BeginPass(computation, source), source);
                using var cache = pair.CreateCache(1, target.Length, storage);
                foreach (int token in target)
                {
                    var batch = new TokenBatch([token], 1);
                    var pass = pair.BeginPass(computation, batch, cache) with { Source = new EncodedSource(encoded, prompt.Length, null) };
                    using var hidden = pair.Decode(pass, batch);
                    using var step = pair.Project(pass, hidden);
                    logits.AddRange(step.Span);
                }

                return [.. logits];
            }

            var decoder = (CausalLanguageModel)model;
            int[] tokens = [.. prompt, .. target[1..]];
            using var keys = decoder.CreateCache(1, tokens.Length, storage);
            for (int start = 0; start < tokens.Length; start = Math.Max(prompt.Length, start + 1))
            {
                var batch = new TokenBatch(start == 0 ? prompt : [tokens[start]], 1);
                using var step = decoder.Forward(decoder.BeginPass(computation, batch, keys), batch);
                logits.AddRange(step.Span);
            }

            return [.. logits];
        }
    }

    [Theory]
    [InlineData("llama", StorageType.BFloat16)]
    [InlineData("llama", StorageType.Int8)]
    [InlineData("t5", StorageType.Int8)]
    public void Beams_that_are_reordered_take_their_keys_along(string modelType, StorageType storage)
    {
        // One search over two prompts of one length in one cache, and one for each prompt in caches of its beams.
        using var model = RandomInitialization.Create(modelType == "t5" ? SmallModels.T5 : SmallModels.Llama, 11);
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        var options = new GenerationOptions { MaxNewTokens = 9, NumBeams = 4, NumReturnSequences = 3, CacheStorage = storage };
        int[][] prompts = [[5, 6, 7, 8], [20, 9, 5, 4]];
        var generator = new Generator(model, computation);
        var together = generator.GenerateScored(prompts, options);
        var apart = generator.GenerateEach(prompts, options, 2);
        Assert.Equal(together.Select(sequence => sequence.Tokens), apart.Select(sequence => sequence.Tokens));
        Assert.All(together.Zip(apart), pair => Assert.Equal(pair.First.Score!.Value, pair.Second.Score!.Value, 1e-4));
    }

    [Fact]
    public void A_storage_that_keys_cannot_have_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { CacheStorage = StorageType.Sparse }.Validate());
        Assert.Equal("CacheStorage", error.ParamName);
        Assert.Contains("Float32, BFloat16, Int8", error.Message, StringComparison.Ordinal);
    }
}
