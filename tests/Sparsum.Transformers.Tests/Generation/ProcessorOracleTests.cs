using System.Text.Json;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Generation.Processors;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

/// <summary>Each logits processor against the reference's scores.</summary>
public class ProcessorOracleTests
{
    [SharedFact("oracle/generation")]
    public void Scores_are_those_of_the_reference()
    {
        var file = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("oracle", "generation", "processors.json"))).RootElement;
        float[][] scores = Scores(file.GetProperty("scores"));
        int[][] tokens = BeamOracleTests.Rows(file.GetProperty("input_ids"));
        int[][] sources = BeamOracleTests.Rows(file.GetProperty("encoder_input_ids"));
        var failures = new List<string>();
        foreach (var reference in file.GetProperty("processors").EnumerateArray())
        {
            var settings = reference.GetProperty("settings");
            int prompt = settings.TryGetProperty("prompt_length", out var given) ? given.GetInt32() : 0;
            var config = GenerationConfig.Parse(WithoutPrompt(settings));
            var options = (config with { DoSample = true, TopK = config.TopK ?? 0 }).ToOptions();
            ILogitsProcessor[] processors = [.. LogitsPipeline.OfSearch(options), .. LogitsPipeline.OfSampling(options.Sampling!)];
            float[][] expected = Scores(reference.GetProperty("scores"));
            if (processors.Length != 1)
            {
                failures.Add($"{settings}: {processors.Length} processors");
            }

            for (int row = 0; row < scores.Length; row++)
            {
                float[] actual = [.. scores[row]];
                foreach (var processor in processors)
                {
                    processor.Apply(actual, new TokenHistory(tokens[row], tokens[row].Length - prompt, sources[row], tokens[row].Length));
                }

                for (int id = 0; id < actual.Length; id++)
                {
                    if (float.IsInfinity(expected[row][id]) ? actual[id] != expected[row][id] : !(Math.Abs(actual[id] - expected[row][id]) <= 1e-5))
                    {
                        failures.Add($"{settings}, row {row}, token {id}: {actual[id]}, not {expected[row][id]}");
                    }
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static JsonElement WithoutPrompt(JsonElement settings)
    {
        var kept = settings.EnumerateObject().Where(property => property.Name != "prompt_length");
        return JsonDocument.Parse($"{{{string.Join(",", kept.Select(property => $"\"{property.Name}\":{property.Value.GetRawText()}"))}}}").RootElement;
    }

    private static float[][] Scores(JsonElement rows) =>
    [
        .. rows.EnumerateArray().Select(row => row.EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.Null ? float.NegativeInfinity : value.GetSingle()).ToArray()),
    ];
}
