using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Demo.Corpus;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Cli.Commands;

/// <summary><c>corpus -o DIR</c>: the documentation of this machine's .NET SDK as text.</summary>
internal sealed class CorpusVerb : Verb
{
    private readonly Option<string?> output = OptionFactory.Output("DIR", "The folder of the text files.");

    private readonly Option<string?> sdk = OptionFactory.Text(
        "--sdk", "DIR", "The folder of the .NET SDK, which holds packs; by default the one that runs.");

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace the text files in DIR.");

    public CorpusVerb()
        : base("corpus", "Write the documentation of the .NET SDK as text to train, validate and test on, and a task made of it.")
    {
        Add(output);
        Add(sdk);
        Add(force);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(output)!;
        OutputGuard.Check(folder, context.Get(force));
        context.Progress.Report("reading the documentation of the SDK");
        var corpus = DocumentationCorpus.Read(context.Get(sdk), context.CancellationToken);
        foreach (string warning in corpus.Warnings)
        {
            context.Warn(warning);
        }

        Directory.CreateDirectory(folder);
        var splits = new JsonObject();
        foreach (var split in Enum.GetValues<CorpusSplit>())
        {
            string name = JsonText.NameOf(split);
            string file = Path.Combine(folder, name + ".jsonl");
            corpus.WriteJsonLines(split, file);
            splits[name] = new JsonObject
            {
                ["file"] = file,
                ["documents"] = corpus.Statistics.Entries[split],
                ["characters"] = corpus.Statistics.Characters[split],
                ["sha256"] = TextFile.Read(file).ComputeSha256(),
            };
        }

        string taskFolder = Path.Combine(folder, NamespaceTask.Name);
        var (train, dev) = NamespaceTask.Write(corpus, taskFolder);
        var task = new JsonObject { ["folder"] = taskFolder, ["trainExamples"] = train, ["devExamples"] = dev };
        return new VerbResult
        {
            Results = new JsonObject { ["files"] = corpus.Statistics.Files, ["splits"] = splits, ["task"] = task },
            Render = console =>
            {
                foreach (var (name, split) in splits)
                {
                    console.WriteRaw($"{name,-10}  {Units.Count(split!["documents"]!.GetValue<int>())} documents, {split["file"]}");
                }

                console.WriteRaw($"{"task",-10}  {Units.Count(train)} + {Units.Count(dev)} examples, {taskFolder}");
            },
        };
    }
}
