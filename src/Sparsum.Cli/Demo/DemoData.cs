using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Demo.Corpus;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Demo;

/// <summary>
/// The data of the demo, made from the documentation of the SDK: text to calibrate on from the split that the models were trained on, text to
/// measure on from the one they never saw, and a task.
/// </summary>
internal sealed record DemoData(DocumentationStatistics Statistics, string CalibrationFile, string EvaluationFile, string TaskFile)
{
    // Enough tokens for a calibration sequence, and more documents than are ever drawn, so that a draw is a real choice.
    private const int CalibrationDocuments = 2000;
    private const int CalibrationCharacters = 1000;

    public static DemoData Write(string folder, DemoBudget budget, CancellationToken cancellationToken)
    {
        var corpus = DocumentationCorpus.Read(null, cancellationToken);
        Directory.CreateDirectory(folder);
        string calibration = Path.Combine(folder, "calibration.jsonl");
        string evaluation = Path.Combine(folder, "evaluation.jsonl");
        string task = Path.Combine(folder, NamespaceTask.Name);
        WriteLines(corpus.EntriesOf(CorpusSplit.Train).Where(entry => entry.Text.Length > CalibrationCharacters).Take(CalibrationDocuments), calibration);
        WriteLines(Evenly([.. corpus.EntriesOf(CorpusSplit.Test)], budget.EvaluationDocuments), evaluation);
        NamespaceTask.Write(corpus, task, trainExamples: budget.TrainExamples);
        return new DemoData(corpus.Statistics, calibration, evaluation, Path.Combine(task, NamespaceTask.FileName));
    }

    private static IEnumerable<DocumentationEntry> Evenly(IReadOnlyList<DocumentationEntry> entries, int count) =>
        Enumerable.Range(0, Math.Min(count, entries.Count)).Select(index => entries[(int)((long)index * entries.Count / Math.Min(count, entries.Count))]);

    private static void WriteLines(IEnumerable<DocumentationEntry> entries, string path)
    {
        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            text.Append(JsonText.Format(new JsonObject { ["text"] = entry.Text }, indented: false)).Append('\n');
        }

        AtomicFile.WriteAllText(path, text.ToString());
    }
}
