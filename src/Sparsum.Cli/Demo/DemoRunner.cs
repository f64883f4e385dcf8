using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Demo;

/// <summary>Runs command lines of the product one after the other and collects their documents.</summary>
internal sealed class DemoRunner(RunContext context)
{
    private readonly List<JsonObject> documents = [];

    public IReadOnlyList<JsonObject> Documents => documents;

    /// <summary>Runs <c>sparsum ARGS</c> within this process; its failure is the demo's.</summary>
    public JsonObject Run(params string[] args)
    {
        context.CancellationToken.ThrowIfCancellationRequested();
        string line = "sparsum " + CommandText.Of(args);
        context.Tell($"$ {line}");
        var common = new CommonOptions();
        var parse = SparsumCommand.CreateRoot(common).Parse([.. args, "--threads", $"{context.Threads}", .. context.PrecisionArguments, "--seed", $"{context.Seed}"]);
        var verb = (Verb)parse.CommandResult.Command;
        var inner = new RunContext(parse, common, context.Terminal, context.Time, context.Progress, context.CancellationToken);
        var result = verb.Execute(inner);
        if (result.RunFolder is { } folder)
        {
            inner.Keep(result, folder);
        }

        var document = inner.Document ?? inner.CreateDocument(result);
        documents.Add(document);
        context.Log.Add("info", line, new JsonObject { ["seconds"] = document["seconds"]!.DeepClone() });
        return document;
    }
}
