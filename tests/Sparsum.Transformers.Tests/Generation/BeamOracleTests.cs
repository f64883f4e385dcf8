using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tests.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>Every generation case of the reference: the same sequences, and scores within 1e-4.</summary>
public class BeamOracleTests
{
    [SharedTheory("oracle/generation")]
    [InlineData("gpt2", "cpu", true)]
    [InlineData("llama_gqa", "cpu", true)]
    [InlineData("llama_gqa", "reference", true)]
    [InlineData("marian", "reference", true)]
    [InlineData("t5_v1_0", "cpu", true)]
    [InlineData("t5_v1_1", "cpu", true)]
    [InlineData("bart", "cpu", true)]
    [InlineData("marian", "cpu", true)]
    [InlineData("gpt2", "cpu", false)]
    [InlineData("bart", "cpu", false)]
    public void Sequences_and_scores_are_those_of_the_reference(string name, string backendName, bool useCache)
    {
        var file = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("oracle", "generation", $"beams_{name}.json"))).RootElement;
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("oracle", name is "bart" or "marian" ? "families" : "models", name));
        pretrained.LoadAll();
        using var backend = OracleModel.CreateBackend(backendName);
        using var computation = new Computation(backend);
        var generator = new Generator(pretrained.GenerativeModel, computation);
        int[][] inputs = Rows(file.GetProperty("input_ids"));
        int[][] masks = Rows(file.GetProperty("attention_mask"));
        int[][] prompts = [.. inputs.Select((row, i) => row.Where((_, j) => masks[i][j] != 0).ToArray())];
        bool hasEncoder = file.GetProperty("encoder_decoder").GetBoolean();
        var failures = new List<string>();
        foreach (var reference in file.GetProperty("cases").EnumerateArray())
        {
            var settings = reference.GetProperty("settings");
            var options = GenerationConfig.Parse(settings).ToOptions() with
            {
                EndIds = [file.GetProperty("eos_token_id").GetInt32()],
                PadId = file.GetProperty("pad_token_id").GetInt32(),
                DecoderStartTokenId = hasEncoder ? file.GetProperty("decoder_start_token_id").GetInt32() : null,
                UseCache = useCache,
            };
            var sequences = generator.GenerateScored(prompts, options);
            int[][] expected = Rows(reference.GetProperty("sequences"));
            Assert.Equal(expected.Length, sequences.Count);
            int[][] padded = Generator.PadSequences(pretrained.GenerativeModel, prompts, options, sequences);
            for (int i = 0; i < sequences.Count; i++)
            {
                int[] whole = padded[i];
                if (!whole.SequenceEqual(expected[i]))
                {
                    failures.Add($"{settings} {i}: {string.Join(' ', whole)}, not {string.Join(' ', expected[i])}");
                }

                if (reference.TryGetProperty("sequences_scores", out var scores) && !IsClose(scores[i].GetDouble(), sequences[i].Score!.Value))
                {
                    failures.Add($"{settings} {i}: score {sequences[i].Score}, not {scores[i]}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    /// <summary>Within 1e-4; of scores in the hundreds, which a negative length penalty makes, a float32 step alone is 6e-5.</summary>
    private static bool IsClose(double expected, double actual) => Math.Abs(expected - actual) <= Math.Max(1e-4, 1e-6 * Math.Abs(expected));

    internal static int[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
}
