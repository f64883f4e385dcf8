using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Pruning.SparseTraining.Runs;
using Spectre.Console;

namespace Sparsum.Cli.Pretraining;

/// <summary>A pretraining run as fields of a document, and its result for people.</summary>
internal static class PretrainRecord
{
    public static JsonObject Create(PretrainingResult result, string output)
    {
        var record = new JsonObject
        {
            ["parameters"] = result.Parameters,
            ["steps"] = result.Steps,
            ["trainingSequences"] = result.TrainingExamples,
            ["validationSequences"] = result.ValidationSequences,
            ["tokensPerEpoch"] = result.TokensPerEpoch,
            ["tokensSeen"] = result.TokensSeen,
            ["trainSeconds"] = Math.Round(result.History.Seconds, 3),
            ["tokensPerSecond"] = JsonText.Number(Math.Round(result.TokensSeen / result.History.Seconds, 1)),
            ["finalLoss"] = result.History.Curve is { Count: > 0 } curve ? JsonText.Number(curve[^1].Loss) : null,
        };
        if (result.Validation is { } validation)
        {
            record["validationLoss"] = JsonText.Number(validation.Loss);
            record["validationPerplexity"] = JsonText.Number(validation.Perplexity);
            record["validationAccuracy"] = JsonText.Number(validation.Accuracy);
            record["validationTargets"] = validation.Targets;
        }

        record["epochs"] = JsonText.Array(result.History.Epochs, epoch =>
        {
            var fields = Epoch(epoch);
            fields.Insert(2, "tokens", result.TokensPerEpoch * epoch.Epoch!.Value);
            return fields;
        });
        record["curve"] = EvaluationRecord.Curve(result.History);
        record["tokenizer"] = Tokenizer(result.Tokenizer);
        SparseRecord.Add(record, result);
        record["output"] = output;
        record["objective"] = result.Objective;
        return record;
    }

    /// <summary>An epoch as fields of a document.</summary>
    public static JsonObject Epoch(TrainingEvaluation epoch)
    {
        var facts = new JsonObject
        {
            ["epoch"] = epoch.Epoch,
            ["steps"] = epoch.Step,
            ["loss"] = JsonText.Number(epoch.Loss!.Value),
        };
        foreach (var (name, value) in epoch.Metrics)
        {
            facts[name] = JsonText.Number(value);
        }

        return facts;
    }

    /// <summary>An epoch for people.</summary>
    public static string Describe(TrainingEvaluation epoch) => FormattableString.Invariant($"epoch {epoch.Epoch}: loss {epoch.Loss:F4}")
        + (epoch.Metrics.Count == 0
            ? ""
            : FormattableString.Invariant(
                $", validation loss {epoch.Metrics["validationLoss"]:F4}, perplexity {epoch.Metrics["validationPerplexity"]:F2}, accuracy {epoch.Metrics["validationAccuracy"] * 100:F1} %"));

    public static void Render(IAnsiConsole console, JsonObject record, string output) => console.WriteFacts(
        ("output", output),
        ("parameters", Units.Count(record["parameters"]!.GetValue<long>())),
        ("trained", $"{Units.Count(record["steps"]!.GetValue<int>())} steps, {Units.Count(record["tokensSeen"]!.GetValue<long>())} tokens in "
            + $"{Units.Duration(TimeSpan.FromSeconds(record["trainSeconds"]!.GetValue<double>()))}"),
        ("loss", Number(record["finalLoss"])),
        ("validation", record["validationLoss"] is null ? null
            : $"loss {Number(record["validationLoss"])}, perplexity {Number(record["validationPerplexity"])}, "
                + $"accuracy {Units.Percent(record["validationAccuracy"]!.GetValue<double>())}"));

    /// <summary>Where a tokenizer comes from.</summary>
    public static JsonObject Tokenizer(TokenizerOrigin origin)
    {
        var record = new JsonObject
        {
            ["source"] = origin.Source ?? "learned from the training text",
            ["kind"] = origin.Kind,
            ["vocabularySize"] = origin.VocabularySize,
        };
        if (origin.Source is null)
        {
            record["merges"] = origin.Merges;
            record["rarestMerge"] = origin.RarestMerge;
            record["lowerCases"] = origin.LowerCases;
        }

        return record;
    }

    private static string? Number(JsonNode? value) => value is null ? null : Units.Number(value.GetValue<double>(), 4);
}
