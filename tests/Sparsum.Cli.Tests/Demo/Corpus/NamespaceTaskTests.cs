using Sparsum.Cli.Demo.Corpus;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests.Demo.Corpus;

public sealed class NamespaceTaskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_most_frequent_namespaces_are_told_apart_by_types_that_are_not_trained_on()
    {
        var corpus = Corpus(("Web.Http", 120), ("Web.Mail", 90), ("Disk.Files", 100), ("Disk.Rare", 10), ("System", 200));
        var (train, dev) = NamespaceTask.Write(corpus, folder["task"], labels: 3);

        var task = TaskFile.Read(Path.Combine(folder["task"], NamespaceTask.FileName));
        Assert.Equal(["Disk.Files", "Web.Http", "Web.Mail"], task.Labels);
        var training = GlueReader.Read(folder["task"], task, GlueSplit.Train);
        var measured = GlueReader.Read(folder["task"], task, GlueSplit.Dev);
        Assert.Equal((train, dev), (training.Examples.Count, measured.Examples.Count));
        Assert.True(dev > 0);
        foreach (var (split, examples) in new[] { (CorpusSplit.Train, training.Examples), (CorpusSplit.Test, measured.Examples) })
        {
            var expected = corpus.EntriesOf(split)
                .Where(entry => task.Labels.Contains(entry.Namespace))
                .Select(entry => (entry.Summary, entry.Namespace));
            Assert.Equal(expected, examples.Select(example => (example.TextA, task.Labels[example.Label!.Value])));
        }
    }

    [Fact]
    public void Fewer_training_examples_are_taken_evenly()
    {
        var corpus = Corpus(("A.First", 200), ("B.Second", 200));
        var (train, _) = NamespaceTask.Write(corpus, folder["task"], labels: 2, trainExamples: 60);

        var task = TaskFile.Read(Path.Combine(folder["task"], NamespaceTask.FileName));
        var examples = GlueReader.Read(folder["task"], task, GlueSplit.Train).Examples;
        Assert.Equal(60, train);
        Assert.InRange(examples.Count(example => example.Label == 0), 25, 35);
    }

    [Fact]
    public void Too_few_namespaces_are_an_error() => Assert.Equal(
        "too-few-namespaces",
        Assert.Throws<InvalidInputException>(() => NamespaceTask.Write(Corpus(("A.First", 30)), folder["task"], labels: 2)).Code);

    private DocumentationCorpus Corpus(params (string Name, int Types)[] namespaces)
    {
        string path = Path.Combine(folder["sdk"], "packs", "Pack", "10.0.0", "ref", "net10.0");
        Directory.CreateDirectory(path);
        var members = namespaces.SelectMany(space => Enumerable.Range(0, space.Types).Select(index =>
            $"<member name=\"T:{space.Name}.Type{index}\"><summary>Type number {index} in the space {space.Name}.</summary></member>"));
        File.WriteAllText(Path.Combine(path, "A.xml"), $"<doc><members>{string.Concat(members)}</members></doc>");
        return DocumentationCorpus.Read(folder["sdk"]);
    }
}
