using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Tensors;
using Sparsum.Training;
using Sparsum.Training.Pretraining;
using Spectre.Console;

namespace Sparsum.Cli.Pretraining;

/// <summary>The result of a pretraining run as fields of a document, and for people.</summary>
internal static class PretrainRecord
{
    public static JsonObject Create(
        Trainer trainer, PretrainingText text, TrainingHistory history, LanguageModelScore? validation, PretrainTokenizer tokenizer)
    {
        long tokens = TokensSeen(trainer, text);
        var record = new JsonObject
        {
            ["parameters"] = trainer.Model.Parameters.Sum(parameter => Tensor.CountElements(parameter.Shape)),
            ["steps"] = trainer.Optimizer.StepCount,
            ["trainingSequences"] = text.Training.Examples.Count,
            ["validationSequences"] = text.Validation.Count,
            ["tokensPerEpoch"] = text.TrainingTokens,
            ["tokensSeen"] = tokens,
            ["trainSeconds"] = Math.Round(history.Seconds, 3),
            ["tokensPerSecond"] = JsonText.Number(Math.Round(tokens / history.Seconds, 1)),
            ["finalLoss"] = history.Curve.LastOrDefault()?["loss"]?.DeepClone(),
        };
        Add(record, validation);
        record["epochs"] = JsonText.Array(history.Epochs, epoch => epoch.DeepClone());
        record["curve"] = history.Curve;
        record["tokenizer"] = tokenizer.Provenance.DeepClone();
        return record;
    }

    /// <summary>Adds a validation to a record.</summary>
    public static void Add(JsonObject record, LanguageModelScore? validation)
    {
        if (validation is not null)
        {
            record["validationLoss"] = JsonText.Number(validation.Loss);
            record["validationPerplexity"] = JsonText.Number(validation.Perplexity);
            record["validationAccuracy"] = JsonText.Number(validation.Accuracy);
            record["validationTargets"] = validation.Targets;
        }
    }

    public static void Render(IAnsiConsole console, JsonObject record, string output) => console.WriteFacts(
        ("output", output),
        ("parameters", Units.Count(record["parameters"]!.GetValue<long>())),
        ("trained", $"{Units.Count(record["steps"]!.GetValue<int>())} steps, {Units.Count(record["tokensSeen"]!.GetValue<long>())} tokens in "
            + $"{Units.Duration(TimeSpan.FromSeconds(record["trainSeconds"]!.GetValue<double>()))}"),
        ("loss", Number(record["finalLoss"])),
        ("validation", record["validationLoss"] is null ? null
            : $"loss {Number(record["validationLoss"])}, perplexity {Number(record["validationPerplexity"])}, "
                + $"accuracy {Units.Percent(record["validationAccuracy"]!.GetValue<double>())}"));

    private static string? Number(JsonNode? value) => value is null ? null : Units.Number(value.GetValue<double>(), 4);

    private static long TokensSeen(Trainer trainer, PretrainingText text)
    {
        long tokens = text.TrainingTokens * trainer.Position.Epoch;
        for (int batch = 0; batch < trainer.Position.Batch; batch++)
        {
            tokens += trainer.Data.BatchAt(trainer.Position with { Batch = batch }).Sum(example => (long)example.InputIds.Length);
        }

        return tokens;
    }
}
