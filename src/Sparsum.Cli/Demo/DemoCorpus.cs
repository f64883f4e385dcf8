using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Datasets;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Cli.Demo;

/// <summary>Two small text files cut from the documentation of the SDK: one to calibrate on, one to evaluate on.</summary>
internal sealed record DemoCorpus(DocumentationStatistics Statistics, string CalibrationFile, string EvaluationFile)
{
    // More than are ever drawn, so that a draw is a real choice.
    private const int CalibrationDocuments = 500;

    public static DemoCorpus Write(string folder, DemoBudget budget, CancellationToken cancellationToken)
    {
        var corpus = DocumentationCorpus.Read(null, cancellationToken);
        Directory.CreateDirectory(folder);
        string calibration = Path.Combine(folder, "calibration.jsonl");
        string evaluation = Path.Combine(folder, "evaluation.jsonl");
        WriteLines(corpus, CorpusSplit.Train, budget.Length, CalibrationDocuments, calibration);
        WriteLines(corpus, CorpusSplit.Validation, 1, budget.EvaluationDocuments, evaluation);
        return new DemoCorpus(corpus.Statistics, calibration, evaluation);
    }

    // A character is at least one byte, and a byte is a token; so what has more characters than a sequence has tokens is long enough.
    private static void WriteLines(DocumentationCorpus corpus, CorpusSplit split, int longerThan, int count, string path)
    {
        var text = new StringBuilder();
        foreach (var entry in corpus.EntriesOf(split).Where(entry => entry.Text.Length > longerThan).Take(count))
        {
            text.Append(JsonText.Format(new JsonObject { ["text"] = entry.Text }, indented: false)).Append('\n');
        }

        AtomicFile.WriteAllText(path, text.ToString());
    }
}
