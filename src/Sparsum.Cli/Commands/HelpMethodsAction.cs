using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Cli.Commands;

/// <summary>Lists the pruning methods, allocations and settings from their registries.</summary>
internal sealed class HelpMethodsAction(CommonOptions common) : SynchronousCommandLineAction
{
    // Listing needs neither a model nor an output.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.GetValue(common.Json))
        {
            output.WriteLine(JsonText.Format(CreateDocument()));
            return ExitCode.Done;
        }

        Write(output, "--method", PruningMethods.All.Select(method => (method.Name, method.Description)));
        Write(output, "--allocation", Allocations.All.Select(allocation => (allocation.Name, allocation.Description)));
        Write(output, "--set", MethodSettingOption.All.Select(setting => (setting.Name, $"{setting.Description} [default: {setting.DefaultValue}]")));
        return ExitCode.Done;
    }

    private static JsonObject CreateDocument() => new()
    {
        ["version"] = SparsumCommand.Version,
        ["command"] = "prune",
        ["methods"] = JsonText.Array(PruningMethods.All, method => new JsonObject
        {
            ["name"] = method.Name,
            ["description"] = method.Description,
            ["needsCalibration"] = method.NeedsCalibration,
        }),
        ["allocations"] = JsonText.Array(Allocations.All, allocation => new JsonObject
        {
            ["name"] = allocation.Name,
            ["description"] = allocation.Description,
        }),
        ["settings"] = JsonText.Array(MethodSettingOption.All, setting => new JsonObject
        {
            ["name"] = setting.Name,
            ["default"] = setting.DefaultValue,
            ["description"] = setting.Description,
        }),
    };

    private static void Write(TextWriter output, string option, IEnumerable<(string Name, string Description)> entries)
    {
        output.WriteLine($"{option}:");
        foreach (var (name, description) in entries.DefaultIfEmpty(("(none)", "")))
        {
            output.WriteLine($"  {name,-12}{description}".TrimEnd());
        }

        output.WriteLine();
    }
}
