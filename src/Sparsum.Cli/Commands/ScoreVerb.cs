using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;

namespace Sparsum.Cli.Commands;

/// <summary><c>score --metric NAME --hypotheses FILE --references FILE</c>: a metric on its own.</summary>
internal sealed class ScoreVerb : Verb
{
    private const string MetricOption = "--metric";

    private static readonly string[] Known =
        [.. Metric.All.Select(item => item.Name), .. TextScoring.Names, .. GlueTasks.All.Select(task => task.Name)];

    private readonly Option<string?> metric = OptionFactory.Text(
        MetricOption, "NAME", "accuracy, f1, matthews, pearson, spearman; rouge, bleu, chrf, chrf++, ter; or a GLUE task, which stands for its metrics.");

    private readonly Option<string?> hypotheses = OptionFactory.Text(
        "--hypotheses", "FILE", "What was predicted: one value or text per line, or a JSON array of strings (.json).");

    private readonly Option<string?> references = OptionFactory.Text(
        "--references", "FILE", "What is true, in the same order.");

    private readonly TextScoring texts = new();

    public ScoreVerb()
        : base("score", "Compute a metric of predictions against references.")
    {
        foreach (var option in (Option<string?>[])[metric, hypotheses, references])
        {
            option.Required = true;
            Add(option);
        }

        foreach (var option in texts.Options)
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        string name = context.Get(metric)!;
        var single = Metric.Find(name);
        var task = GlueTasks.Find(name);
        bool comparesTexts = TextScoring.Knows(name);
        if (single is null && task is null && !comparesTexts)
        {
            throw Unknown(name);
        }

        texts.RequireFitting(context, name);
        if (comparesTexts)
        {
            return texts.Score(context, name, AlignedTexts.Read(context.Get(hypotheses)!, context.Get(references)!));
        }

        var metrics = single is null ? task!.Metrics : [single];
        return Result(metrics[0].ComparesLabels
            ? ScoreLabels(context, metrics, single is null ? task!.Labels : single.IsBinary ? ["0", "1"] : null)
            : ScoreNumbers(context, metrics));
    }

    private MetricScores ScoreLabels(RunContext context, IReadOnlyList<Metric> metrics, IReadOnlyList<string>? names)
    {
        int[] predicted = ScoreValues.ReadLabels(context.Get(hypotheses)!, names);
        int[] expected = ScoreValues.ReadLabels(context.Get(references)!, names);
        RequireSameCount(context, predicted.Length, expected.Length);
        return MetricScores.OfLabels(metrics, predicted, expected);
    }

    private MetricScores ScoreNumbers(RunContext context, IReadOnlyList<Metric> metrics)
    {
        double[] predicted = ScoreValues.ReadNumbers(context.Get(hypotheses)!);
        double[] expected = ScoreValues.ReadNumbers(context.Get(references)!);
        RequireSameCount(context, predicted.Length, expected.Length);
        return MetricScores.OfValues(metrics, predicted, expected);
    }

    private void RequireSameCount(RunContext context, int predicted, int expected)
    {
        if (predicted != expected)
        {
            throw new InvalidInputException("count-mismatch", "There are not as many hypotheses as references.")
            {
                File = context.Get(hypotheses),
                Found = $"{predicted} values",
                Expected = $"{expected} values, as in '{context.Get(references)}'",
                Hint = "Give one value per example, in the same order in both files.",
            };
        }
    }

    private static InvalidInputException Unknown(string name)
    {
        string? nearest = Suggestion.Nearest(name, Known);
        return new InvalidInputException("unknown-metric", $"There is no metric '{name}'.")
        {
            File = MetricOption,
            Found = name,
            Expected = string.Join(", ", Known),
            Hint = nearest is null ? "Choose one of the metrics above." : $"Did you mean '{nearest}'?",
        };
    }

    private static VerbResult Result(MetricScores scores)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in scores.Values)
        {
            fields[name] = JsonText.Number(value);
        }

        return new VerbResult
        {
            IsOutputTheResult = true,
            Results = new JsonObject { ["scores"] = fields },
            Render = console => console.WriteFacts([.. scores.Values.Select(pair => (pair.Key, (string?)Format(pair.Value)))]),
        };
    }

    private static string Format(double score) => double.IsNaN(score) ? "undefined" : Units.Number(score, 6);
}
