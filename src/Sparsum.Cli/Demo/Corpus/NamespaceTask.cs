using System.Text;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;

namespace Sparsum.Cli.Demo.Corpus;

/// <summary>
/// A classification task that is made from the documentation: which of the most frequent namespaces a summary is about. Training examples
/// come from the corpus's train split, those to measure on from its test split, so no type is in both.
/// </summary>
internal static class NamespaceTask
{
    /// <summary>Name of the task.</summary>
    public const string Name = "namespaces";

    /// <summary>Name of the file that <see cref="TaskFile"/> reads.</summary>
    public const string FileName = "task.json";

    /// <summary>Writes <c>task.json</c>, <c>train.tsv</c> and <c>dev.tsv</c> into a folder, which is made when it is not there.</summary>
    /// <param name="corpus">The documentation.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="labels">How many namespaces to tell apart. The root namespace, which is about everything, is none of them.</param>
    /// <param name="trainExamples">Most training examples; the summaries are taken evenly from the whole corpus.</param>
    /// <returns>Training examples and examples to measure on.</returns>
    /// <exception cref="InvalidInputException">The corpus has too few namespaces.</exception>
    /// <exception cref="RunFailedException">A file could not be written.</exception>
    public static (int Train, int Dev) Write(DocumentationCorpus corpus, string folder, int labels = 8, int trainExamples = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(trainExamples, 1);
        string[] namespaces =
        [
            .. corpus.EntriesOf(CorpusSplit.Train)
                .Where(entry => entry.Namespace.Contains('.', StringComparison.Ordinal))
                .CountBy(entry => entry.Namespace, StringComparer.Ordinal)
                .OrderByDescending(entry => entry.Value)
                .ThenBy(entry => entry.Key, StringComparer.Ordinal)
                .Take(labels)
                .Select(entry => entry.Key)
                .Order(StringComparer.Ordinal),
        ];
        if (namespaces.Length < labels)
        {
            throw new InvalidInputException("too-few-namespaces", "The documentation has too few namespaces for this task.")
            {
                Found = $"{namespaces.Length} namespaces",
                Expected = $"at least {labels}",
                Hint = "Install a whole .NET SDK.",
            };
        }

        var train = Examples(corpus, CorpusSplit.Train, namespaces);
        var dev = Examples(corpus, CorpusSplit.Test, namespaces);
        int count = Math.Min(train.Count, trainExamples);
        train = [.. Enumerable.Range(0, count).Select(index => train[(int)((long)index * train.Count / count)])];
        Directory.CreateDirectory(folder);
        TaskFile.Write(Path.Combine(folder, FileName), Name, namespaces);
        WriteTable(Path.Combine(folder, "train.tsv"), train);
        WriteTable(Path.Combine(folder, "dev.tsv"), dev);
        return (train.Count, dev.Count);
    }

    private static List<DocumentationEntry> Examples(DocumentationCorpus corpus, CorpusSplit split, string[] namespaces) =>
        [.. corpus.EntriesOf(split).Where(entry => namespaces.Contains(entry.Namespace))];

    // Summaries are single lines without tabs: white space in them is collapsed when they are read.
    private static void WriteTable(string path, List<DocumentationEntry> entries)
    {
        var text = new StringBuilder("summary\tnamespace\n");
        foreach (var entry in entries)
        {
            text.Append(entry.Summary).Append('\t').Append(entry.Namespace).Append('\n');
        }

        AtomicFile.WriteAllText(path, text.ToString());
    }
}
