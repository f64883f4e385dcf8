using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Metrics.Text;

namespace Sparsum.Cli.Commands;

/// <summary>The metrics of <c>score</c> that compare texts, and their options.</summary>
internal sealed class TextScoring
{
    private const string RougeName = "rouge";
    private const string BleuName = "bleu";
    private const string ChrfName = "chrf";
    private const string ChrfWordsName = "chrf++";
    private const string TerName = "ter";

    private readonly Option<bool> noStemming = OptionFactory.Flag("--no-stemming", "rouge: compare words as they are, not their Porter stems.");

    private readonly Option<string> tokenize = OptionFactory.Choice(
        "--tokenize", "bleu: how segments become tokens.", BleuTokenizer.V13A.Name, [.. BleuTokenizer.All.Select(tokenizer => tokenizer.Name)]);

    private readonly Option<bool> lowercase = OptionFactory.Flag("--lowercase", "bleu, chrf, chrf++: ignore case (rouge and ter always do).");

    public static IReadOnlyList<string> Names { get; } = [RougeName, BleuName, ChrfName, ChrfWordsName, TerName];

    public IReadOnlyList<Option> Options => [noStemming, tokenize, lowercase];

    public static bool Knows(string metric) => Names.Contains(metric, StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses options that would do nothing for a metric.</summary>
    public void RequireFitting(RunContext context, string metric)
    {
        string name = metric.ToLowerInvariant();
        Option[] fitting = name switch
        {
            RougeName => [noStemming],
            BleuName => [tokenize, lowercase],
            ChrfName or ChrfWordsName => [lowercase],
            _ => [],
        };
        if (Options.FirstOrDefault(option => context.IsGiven(option) && !fitting.Contains(option)) is { } idle)
        {
            throw new InvalidInputException("unused-option", $"{idle.Name} would have no effect on the metric '{metric}'.")
            {
                Option = idle.Name.TrimStart('-'),
                Found = $"{idle.Name} with {metric}",
                Expected = fitting.Length == 0 ? "no such option" : string.Join(", ", fitting.Select(option => option.Name)),
                Hint = $"Leave {idle.Name} out.",
            };
        }
    }

    public VerbResult Score(RunContext context, string metric, AlignedTexts texts)
    {
        var (hypotheses, references) = texts;
        var scores = new JsonObject();
        bool ignoresCase = context.Get(lowercase);
        switch (metric.ToLowerInvariant())
        {
            case RougeName:
                WarnOfWordless(context, references);
                var rouge = new Rouge(!context.Get(noStemming)).Score(hypotheses, references);
                foreach (string name in rouge[0].ByName.Keys)
                {
                    scores[name] = 100 * RougeScores.Mean(rouge, name).FMeasure;
                }

                break;
            case BleuName:
                var options = new BleuOptions { Tokenizer = BleuTokenizer.Find(context.Get(tokenize))!, Lowercase = ignoresCase };
                scores[BleuName] = new Bleu(options).Score(hypotheses, references).Score;
                scores["signature"] = Sign(options.Signature(1));
                break;
            case TerName:
                scores[TerName] = new Ter().Score(hypotheses, references).Score;
                scores["signature"] = Sign(new TerOptions().Signature(1));
                break;
            case var name:
                var chrf = new ChrfOptions { WordOrder = name == ChrfName ? 0 : 2, Lowercase = ignoresCase };
                scores[name] = new Chrf(chrf).Score(hypotheses, references);
                scores["signature"] = Sign(chrf.Signature(1));
                break;
        }

        return new VerbResult
        {
            IsOutputTheResult = true,
            Results = new JsonObject { ["scores"] = scores, ["examples"] = hypotheses.Count },
            Render = console => console.WriteFacts([.. scores.Select(pair => (pair.Key, (string?)Format(pair.Value!)))]),
        };
    }

    private static void WarnOfWordless(RunContext context, IReadOnlyList<string> references)
    {
        int[] lines = [.. references.Index().Where(text => !Rouge.HasWords(text.Item)).Select(text => text.Index + 1)];
        if (lines.Length > 0)
        {
            context.Warn($"{lines.Length} of {references.Count} references, line {lines[0]} first, have no word in a-z and 0-9, which is all that ROUGE sees: they score 0.");
        }
    }

    private static string Sign(string signature) => $"{signature}|version:sparsum-{SparsumCommand.Version}";

    private static string Format(JsonNode value) => value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? Units.Number(value.GetValue<double>(), 4)
        : value.GetValue<string>();
}
