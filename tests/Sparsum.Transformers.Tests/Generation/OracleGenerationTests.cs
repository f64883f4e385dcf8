using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>Greedy continuations of left-padded prompts against those of the reference stack.</summary>
public class OracleGenerationTests
{
    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.NamesAndBackends), MemberType = typeof(OracleModel))]
    public void Greedy_tokens_and_scores_are_those_of_the_reference(string name, string backend)
    {
        var reference = OracleModel.ReferenceJson(name).GetProperty("generation");
        using var scores = Checkpoint.Open(SharedFiles.Path("oracle", "models", name, "generation_scores.safetensors"));
        float[] expected = OracleModel.Read(scores, "scores");
        int steps = reference.GetProperty("max_new_tokens").GetInt32();
        var sequences = Run(name, backend, reference, reference, useCache: true, step =>
        {
            int vocabulary = step.Logits.Columns;
            for (int row = 0; row < step.Logits.RowCount; row++)
            {
                var wanted = expected.AsSpan(((row * steps) + step.Index) * vocabulary, vocabulary);
                Numbers.AssertClose(wanted, step.Logits.Row(row), 3e-5, $"scores of row {row}, step {step.Index}");
            }
        });
        Assert.Equal(Sequences(reference), sequences);
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void Rows_that_end_early_are_padded(string name)
    {
        var reference = OracleModel.ReferenceJson(name).GetProperty("generation");
        var earlyStop = reference.GetProperty("early_stop");
        Assert.Equal(Sequences(earlyStop), Run(name, "cpu", reference, earlyStop, useCache: true));
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void The_cache_changes_no_token(string name)
    {
        var reference = OracleModel.ReferenceJson(name).GetProperty("generation");
        Assert.Equal(Sequences(reference), Run(name, "cpu", reference, reference, useCache: false));
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void A_prompt_alone_gives_the_same_tokens(string name)
    {
        var reference = OracleModel.ReferenceJson(name).GetProperty("generation");
        var prompts = Prompts(reference);
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        var generator = new Generator(oracle.Model, computation);
        var options = Options(reference, reference, useCache: true);
        for (int row = 0; row < prompts.Length; row++)
        {
            int[] expected = [.. reference.GetProperty("new_tokens")[row].EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(expected, generator.Generate([prompts[row]], options)[0]);
        }
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void The_generation_config_has_the_ids_of_the_reference(string name)
    {
        var reference = OracleModel.ReferenceJson(name).GetProperty("generation");
        var options = GenerationConfig.Open(SharedFiles.Path("oracle", "models", name)).ToOptions();
        Assert.Equal([reference.GetProperty("eos_token_id").GetInt32()], options.EndIds);
        Assert.Null(options.Sampling);
    }

    private static int[][] Run(
        string name, string backendName, JsonElement reference, JsonElement ending, bool useCache, Action<GenerationStep>? onStep = null)
    {
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        var options = Options(reference, ending, useCache);
        var generated = new Generator(oracle.Model, computation).Generate(Prompts(reference), options, onStep);
        int longest = generated.Max(tokens => tokens.Length);
        var inputs = Rows(reference.GetProperty("input_ids"));
        return
        [
            .. inputs.Select((input, row) =>
                input.Concat(generated[row]).Concat(Enumerable.Repeat(options.PadId, longest - generated[row].Length)).ToArray()),
        ];
    }

    private static GenerationOptions Options(JsonElement reference, JsonElement ending, bool useCache) => new()
    {
        MaxNewTokens = reference.GetProperty("max_new_tokens").GetInt32(),
        EndIds = [ending.GetProperty("eos_token_id").GetInt32()],
        PadId = ending.GetProperty("pad_token_id").GetInt32(),
        UseCache = useCache,
    };

    private static int[][] Prompts(JsonElement reference)
    {
        var masks = Rows(reference.GetProperty("attention_mask"));
        return [.. Rows(reference.GetProperty("input_ids")).Select((row, i) => row.Where((_, j) => masks[i][j] != 0).ToArray())];
    }

    private static int[][] Sequences(JsonElement element) => Rows(element.GetProperty("sequences"));

    private static int[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
}
