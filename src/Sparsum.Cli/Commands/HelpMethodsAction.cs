using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.Json.Nodes;
using Sparsum.Cli.Methods;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Commands;

/// <summary>Lists the methods of a verb and their settings from the catalogs.</summary>
internal sealed class HelpMethodsAction : SynchronousCommandLineAction
{
    private readonly CommonOptions common;
    private readonly string command;
    private readonly HelpList[] lists;

    private HelpMethodsAction(CommonOptions common, string command, params HelpList[] lists) =>
        (this.common, this.command, this.lists) = (common, command, lists);

    // Listing needs neither a model nor an output.
    public override bool ClearsParseErrors => true;

    /// <summary>The option <c>--help-methods</c> of <c>prune</c>.</summary>
    public static Option OfPruning(CommonOptions common) => CreateOption(
        "List methods, allocations and their settings.",
        new HelpMethodsAction(
            common,
            "prune",
            new HelpList("--method", "methods", JsonText.Array(PruningCatalog.Methods, method => new JsonObject
            {
                ["name"] = method.Name,
                ["description"] = method.Description,
                ["needsCalibration"] = method.Create().NeedsCalibration,
            })),
            new HelpList("--refine", "refinements", JsonText.Array(PruningCatalog.Refinements, refinement => new JsonObject
            {
                ["name"] = refinement.Name,
                ["description"] = refinement.Description,
            })),
            new HelpList("--allocation", "allocations", JsonText.Array(PruningCatalog.Allocations, allocation => new JsonObject
            {
                ["name"] = allocation.Name,
                ["description"] = allocation.Description,
            })),
            HelpList.Of(PruningCatalog.All)));

    /// <summary>The option <c>--help-methods</c> of a verb that trains.</summary>
    public static Option OfTraining(CommonOptions common, string verb) => CreateOption(
        "List sparse-training methods and their settings.",
        new HelpMethodsAction(
            common,
            verb,
            new HelpList("--method", "methods", JsonText.Array(TrainingCatalog.Methods, method => new JsonObject
            {
                ["name"] = method.Name,
                ["description"] = method.Description,
            })),
            HelpList.Of(TrainingCatalog.Methods)));

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.GetValue(common.Json))
        {
            output.WriteLine(JsonText.Format(CreateDocument()));
            return ExitCode.Done;
        }

        foreach (var list in lists)
        {
            list.Write(output);
        }

        return ExitCode.Done;
    }

    private static Option<bool> CreateOption(string description, HelpMethodsAction action) => new("--help-methods")
    {
        Description = description,
        Action = action,
        Arity = ArgumentArity.Zero,
    };

    private JsonObject CreateDocument()
    {
        var document = new JsonObject { ["version"] = SparsumCommand.Version, ["command"] = command };
        foreach (var list in lists)
        {
            document[list.Key] = list.Entries.DeepClone();
        }

        return document;
    }
}
