using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>Greedy targets of right-padded sources against those of the reference stack.</summary>
public class T5GenerationTests
{
    public static TheoryData<string> Names => ["t5_v1_0", "t5_v1_1"];

    [SharedTheory("oracle/models")]
    [InlineData("t5_v1_0", "reference", true)]
    [InlineData("t5_v1_0", "cpu", true)]
    [InlineData("t5_v1_0", "cpu", false)]
    [InlineData("t5_v1_1", "reference", true)]
    [InlineData("t5_v1_1", "cpu", true)]
    [InlineData("t5_v1_1", "cpu", false)]
    public void Greedy_tokens_and_scores_are_those_of_the_reference(string name, string backend, bool useCache)
    {
        var reference = Reference(name);
        using var scores = Checkpoint.Open(SharedFiles.Path("oracle", "models", name, "generation_scores.safetensors"));
        float[] expected = OracleModel.Read(scores, "scores");
        int steps = reference.GetProperty("max_new_tokens").GetInt32();
        int compared = 0;
        var targets = Run(name, backend, Sources(reference), Options(reference, reference, useCache), step =>
        {
            for (int row = 0; row < step.Logits.RowCount; row++)
            {
                int vocabulary = step.Logits.Columns;
                var wanted = expected.AsSpan(((row * steps) + step.Index) * vocabulary, vocabulary);
                Numbers.AssertClose(wanted, step.Logits.Row(row), 3e-5, $"scores of row {row}, step {step.Index}");
                compared++;
            }
        });
        Assert.Equal(Rows(reference.GetProperty("new_tokens")), targets);
        Assert.Equal(3 * steps, compared);
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(Names))]
    public void Targets_that_end_early_are_cut(string name)
    {
        var reference = Reference(name);
        var earlyStop = reference.GetProperty("early_stop");
        int end = earlyStop.GetProperty("eos_token_id").GetInt32();
        int[][] expected =
        [
            .. Rows(earlyStop.GetProperty("sequences")).Select(row => row[1..]).Select(row =>
                Array.IndexOf(row, end) is >= 0 and var place ? row[..(place + 1)] : row),
        ];
        Assert.Equal(expected, Run(name, "cpu", Sources(reference), Options(reference, earlyStop, useCache: true)));
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(Names))]
    public void A_source_alone_gives_the_same_target(string name)
    {
        var reference = Reference(name);
        var sources = Sources(reference);
        for (int row = 0; row < sources.Length; row++)
        {
            var alone = Run(name, "cpu", [sources[row]], Options(reference, reference, useCache: true));
            Assert.Equal(Rows(reference.GetProperty("new_tokens"))[row], alone[0]);
        }
    }

    private static int[][] Run(
        string name, string backendName, int[][] sources, GenerationOptions options, Action<GenerationStep>? onStep = null)
    {
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        return [.. new Generator(oracle.Pretrained.GenerativeModel, computation).Generate(sources, options, onStep)];
    }

    private static JsonElement Reference(string name) => OracleModel.ReferenceJson(name).GetProperty("generation");

    private static GenerationOptions Options(JsonElement reference, JsonElement ending, bool useCache) => new()
    {
        MaxNewTokens = reference.GetProperty("max_new_tokens").GetInt32(),
        EndIds = [ending.GetProperty("eos_token_id").GetInt32()],
        PadId = ending.GetProperty("pad_token_id").GetInt32(),
        UseCache = useCache,
    };

    private static int[][] Sources(JsonElement reference)
    {
        var masks = Rows(reference.GetProperty("attention_mask"));
        return [.. Rows(reference.GetProperty("input_ids")).Select((row, i) => row.Where((_, j) => masks[i][j] != 0).ToArray())];
    }

    private static int[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
}
