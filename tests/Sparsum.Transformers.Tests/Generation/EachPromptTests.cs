using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>
/// Prompts that are continued together, each as if it were alone: the tokens of the reference, and the same bits in any order, beside any
/// others, in any number of places.
/// </summary>
public sealed class EachPromptTests : IDisposable
{
    private static readonly GenerationOptions Greedy = new() { MaxNewTokens = 6 };

    private readonly Computation computation = new(new CpuBackend(2));

    public static TheoryData<string> Families =>
    [
        "bart", "bloom", "falcon_new", "gemma2", "gemma3_text", "gptj", "llama_dynamic", "llama_linear", "llama_yarn", "marian", "mixtral", "olmo2", "phi3",
        "phi3_longrope", "qwen2_moe", "qwen3_moe", "smollm3",
    ];

    public void Dispose()
    {
        computation.Dispose();
        computation.Backend.Dispose();
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void Greedy_tokens_and_scores_are_those_of_the_reference(string name)
    {
        var reference = OracleModel.ReferenceJson(name).GetProperty("generation");
        using var scores = Checkpoint.Open(SharedFiles.Path("oracle", "models", name, "generation_scores.safetensors"));
        float[] expected = OracleModel.Read(scores, "scores");
        int steps = reference.GetProperty("max_new_tokens").GetInt32();
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        int[][] prompts = Prompts(reference);
        var options = new GenerationOptions { MaxNewTokens = steps, EndIds = [reference.GetProperty("eos_token_id").GetInt32()] };
        foreach (int places in new[] { 1, 2, prompts.Length })
        {
            var generated = new Generator(oracle.Model, computation).GenerateEach(prompts, options, places, step =>
            {
                int vocabulary = step.Logits.Columns;
                var wanted = expected.AsSpan(((step.Prompt * steps) + step.Index) * vocabulary, vocabulary);
                Numbers.AssertClose(wanted, step.Logits.Row(0), 3e-5, $"scores of prompt {step.Prompt}, step {step.Index}");
            });
            Assert.Equal(BeamOracleTests.Rows(reference.GetProperty("new_tokens")), generated.Select(sequence => sequence.Tokens));
        }
    }

    [SharedTheory("oracle/families")]
    [MemberData(nameof(Families))]
    public void Every_family_gives_the_same_bits_in_any_company(string name)
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("oracle", "families", name));
        pretrained.LoadAll();
        var model = pretrained.GenerativeModel;
        int[][] prompts = Random(model, 9, 3, 14, 1, 9);
        CheckCompany(model, prompts, Greedy);
        CheckCompany(model, prompts, Greedy with { CacheStorage = StorageType.Int8 });
        CheckCompany(model, prompts[..3], Greedy with { NumBeams = 3, NumReturnSequences = 2 });

        // Alone, in the other way: one cache for all rows of a batch.
        var generator = new Generator(model, computation);
        Assert.All(
            prompts.Zip(generator.GenerateEach(prompts, Greedy, 3)),
            pair => Assert.Equal(generator.Generate([pair.First], Greedy)[0], pair.Second.Tokens));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.BFloat16)]
    [InlineData(StorageType.Int8)]
    [InlineData(StorageType.Int8Rows)]
    [InlineData(StorageType.Int8RowsA16)]
    [InlineData(StorageType.SparseInt8RowsA16)]
    [InlineData(StorageType.Sparse)]
    [InlineData(StorageType.SparseInt8)]
    public void Every_storage_gives_the_same_bits_in_any_company(StorageType? storage)
    {
        using var model = RandomInitialization.Create(SmallModels.Llama with { HiddenSize = 64, IntermediateSize = 96 }, 3);
        using var pair = RandomInitialization.Create(SmallModels.T5, 5);
        foreach (var generative in new[] { model, pair })
        {
            foreach (var linear in generative.Linears)
            {
                if (storage is { } type)
                {
                    // One with few zeros would not be stored without them.
                    var values = linear.Weight.Value.Span;
                    for (int i = 0; i < values.Length && type is StorageType.Sparse or StorageType.SparseInt8 or StorageType.SparseInt8RowsA16; i++)
                    {
                        values[i] = i * 7 % 10 < 6 ? 0 : values[i];
                    }

                    linear.Pack(computation.Backend, type, releaseWeight: false);
                }
            }

            CheckCompany(generative, Random(generative, 9, 3, 14, 1, 9, 4, 30), Greedy);
            CheckCompany(generative, Random(generative, 9, 3, 14), Greedy with { NumBeams = 4, CacheStorage = StorageType.BFloat16 });
        }
    }

    [Fact]
    public void What_prompts_begin_with_alike_is_computed_once_and_changes_no_bit()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama with { MaxPositionEmbeddings = 400 }, 3);
        int[] start = Random(model, 150)[0];
        int[] other = [.. start[..70], .. Random(model, 80)[0]];
        int[][] prompts = [[.. start, 3], other, [.. start, 4, 5], start[..128], start[..129], [7, 8], [.. start, 3]];
        foreach (int places in new[] { 1, 3 })
        {
            var shared = new int[prompts.Length];
            new Generator(model, computation).GenerateEach(prompts, Greedy, places, step => shared[step.Prompt] = step.SharedTokens);
            Assert.Equal([0, 64, 128, 64, 128, 0, 128], shared);
        }

        CheckCompany(model, prompts, Greedy);
        CheckCompany(model, prompts, Greedy with { CacheStorage = StorageType.Int8 });
    }

    [Fact]
    public void A_prompt_that_ends_leaves_its_place_to_the_next()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        int[][] prompts = Random(model, 5, 6, 7, 8, 9);
        var generator = new Generator(model, computation);
        int[] free = generator.Generate([prompts[0]], Greedy)[0];
        var running = new HashSet<int>();
        var order = new List<int>();
        int most = 0;
        generator.GenerateEach(prompts, Greedy with { EndIds = [free[2]] }, 2, step =>
        {
            if (running.Add(step.Prompt))
            {
                order.Add(step.Prompt);
                Assert.Equal(0, step.Index);
            }

            most = Math.Max(most, running.Count);
            if (step.HasEnded)
            {
                running.Remove(step.Prompt);
            }
        });
        Assert.Equal([0, 1, 2, 3, 4], order);
        Assert.Equal(2, most);
        Assert.Empty(running);
    }

    [Fact]
    public void Every_prompt_draws_from_its_own_stream()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        var sampled = Greedy with { Sampling = new SamplingOptions { Seed = 4, Temperature = 3 } };
        int[][] prompts = [[1, 2, 3], [1, 2, 3], [4, 5]];
        var generator = new Generator(model, computation);
        int[][] Tokens(int places, bool useCache = true) =>
            [.. generator.GenerateEach(prompts, sampled with { UseCache = useCache }, places).Select(sequence => sequence.Tokens)];
        int[][] alone = Tokens(1);
        Assert.Equal(alone, Tokens(3));
        Assert.Equal(alone, Tokens(2, useCache: false));
        Assert.Equal(generator.Generate([prompts[0]], sampled)[0], alone[0]);
        Assert.NotEqual(alone[0], alone[1]);
    }

    [Fact]
    public void Lengths_are_those_of_a_prompt_not_of_its_neighbours()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        var results = new Generator(model, computation).GenerateEach(Random(model, 3, 9), Greedy with { MaxLength = 12 }, 2);
        Assert.Equal([9, 3], results.Select(sequence => sequence.Tokens.Length));
    }

    [Fact]
    public void What_cannot_be_continued_is_refused()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        var generator = new Generator(model, computation);
        Assert.Throws<ArgumentException>(() => generator.GenerateEach([], Greedy, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.GenerateEach([[1]], Greedy, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.GenerateEach([[1]], Greedy with { CacheStorage = StorageType.Float16 }, 1));
    }

    /// <summary>Continues each prompt alone, then all in several orders and numbers of places, and compares every bit of every step.</summary>
    private void CheckCompany(TransformerModel model, int[][] prompts, GenerationOptions options)
    {
        var generator = new Generator(model, computation);
        var alone = prompts.Select(prompt => Record(generator, [prompt], options, 1)[0]).ToArray();
        int[] order = [.. Enumerable.Range(0, prompts.Length)];
        foreach (int places in new[] { 2, 3, prompts.Length })
        {
            Check(order, places);
            Check([.. order.Reverse()], places);
        }

        void Check(int[] chosen, int places)
        {
            var together = Record(generator, [.. chosen.Select(i => prompts[i])], options, places);
            for (int i = 0; i < chosen.Length; i++)
            {
                Assert.Equal(alone[chosen[i]].Tokens, together[i].Tokens);
                Assert.Equal(alone[chosen[i]].Scores, together[i].Scores);
                Assert.True(alone[chosen[i]].Logits.SequenceEqual(together[i].Logits), $"logits of prompt {chosen[i]} in {places} places");
            }
        }
    }

    private static (int[][] Tokens, double?[] Scores, List<float> Logits)[] Record(
        Generator generator, int[][] prompts, GenerationOptions options, int places)
    {
        var logits = prompts.Select(_ => new List<float>()).ToArray();
        var results = generator.GenerateEach(prompts, options, places, step => logits[step.Prompt].AddRange(step.Logits.ToArray()));
        return
        [
            .. results.Chunk(options.NumReturnSequences).Select((sequences, i) => (
                sequences.Select(sequence => sequence.Tokens).ToArray(), sequences.Select(sequence => (double?)sequence.Score).ToArray(), logits[i])),
        ];
    }

    private static int[][] Random(TransformerModel model, params int[] lengths)
    {
        var random = new Random(lengths.Length);
        return [.. lengths.Select(length => Enumerable.Range(0, length).Select(_ => random.Next(4, model.VocabularySize)).ToArray())];
    }

    private static int[][] Prompts(JsonElement reference)
    {
        int[][] masks = BeamOracleTests.Rows(reference.GetProperty("attention_mask"));
        return [.. BeamOracleTests.Rows(reference.GetProperty("input_ids")).Select((row, i) => row.Where((_, j) => masks[i][j] != 0).ToArray())];
    }
}
