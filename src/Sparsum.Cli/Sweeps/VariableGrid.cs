using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// The variables of a recipe and their values. Every combination of values is one assignment; where there are cases, every combination
/// within every case, and what a case says replaces what the variables say.
/// </summary>
internal sealed class VariableGrid
{
    /// <summary>The variable that every run has by itself: its folder.</summary>
    public const string Run = "run";

    private readonly IReadOnlyList<(string Name, RecipeNode Node)> variables;
    private readonly IReadOnlyList<IReadOnlyList<(string Name, RecipeNode Node)>> cases;

    private VariableGrid(
        IReadOnlyList<(string Name, RecipeNode Node)> variables, IReadOnlyList<IReadOnlyList<(string Name, RecipeNode Node)>> cases)
    {
        this.variables = variables;
        this.cases = cases;
        Names = [.. variables.Concat(cases.SelectMany(members => members)).Select(variable => variable.Name).Distinct()];
    }

    public IReadOnlyList<string> Names { get; }

    public static VariableGrid Read(RecipeNode root, IReadOnlyDictionary<string, JsonNode?> given)
    {
        var variables = root.Find("variables")?.Members ?? [];
        var cases = root.Find("cases")?.Items.Select(item => item.Members).ToList() ?? [[]];
        var grid = new VariableGrid([.. variables.Select(Replace)], cases);
        foreach (var (name, node) in variables.Concat(cases.SelectMany(members => members)))
        {
            if (name.Length == 0 || name == Run || name.AsSpan().ContainsAny("${}"))
            {
                throw node.Wrong($"a name other than '{Run}', without '$', '{{' or '}}'", "Give the variable another name.");
            }
        }

        string? unknown = given.Keys.FirstOrDefault(name => variables.All(variable => variable.Name != name));
        return unknown is null ? grid : throw new InvalidInputException("unknown-variable", $"The recipe has no variable '{unknown}'.")
        {
            File = "--set-variable",
            Found = unknown,
            Expected = string.Join(", ", variables.Select(variable => variable.Name)),
            Hint = "Set one of the variables that the recipe lists under 'variables'.",
        };

        (string Name, RecipeNode Node) Replace((string Name, RecipeNode Node) variable) =>
            given.TryGetValue(variable.Name, out var value) ? (variable.Name, variable.Node with { Value = value }) : variable;
    }

    /// <summary>All assignments: cases outermost, then the variables in their order, the last one fastest.</summary>
    public IEnumerable<JsonObject> Expand() => cases.SelectMany(ExpandCase);

    private IEnumerable<JsonObject> ExpandCase(IReadOnlyList<(string Name, RecipeNode Node)> members)
    {
        var fixedNames = members.Select(member => member.Name).ToHashSet();
        IEnumerable<JsonObject> assignments = [[]];
        foreach (var (name, node) in members.Concat(variables.Where(variable => !fixedNames.Contains(variable.Name))))
        {
            var values = ValuesOf(name, node, isCase: fixedNames.Contains(name));
            assignments = assignments.SelectMany(_ => values, (assignment, value) => With(assignment, name, value)).ToList();
        }

        return assignments;
    }

    /// <summary>A list is several values, anything else is one. A variable that is null itself must be given from outside.</summary>
    private static IReadOnlyList<JsonNode?> ValuesOf(string name, RecipeNode node, bool isCase) => node.Value switch
    {
        JsonArray { Count: > 0 } list => [.. list],
        JsonArray => throw node.Wrong("at least one value"),
        null when !isCase => throw new InvalidInputException("missing-variable", $"The variable '{name}' needs a value.")
        {
            File = node.File,
            Expected = $"--set-variable {name}=VALUE",
            Hint = $"Give it on the command line: --set-variable {name}=VALUE.",
        },
        _ => [node.Value],
    };

    private static JsonObject With(JsonObject assignment, string name, JsonNode? value)
    {
        var extended = assignment.DeepClone().AsObject();
        extended[name] = value?.DeepClone();
        return extended;
    }
}
