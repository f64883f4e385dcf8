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
        var grid = new VariableGrid([.. variables.Select(Replace)], Choose(cases, given.Where(value => variables.All(variable => variable.Name != value.Key)), variables));
        foreach (var (name, node) in variables.Concat(cases.SelectMany(members => members)))
        {
            if (name.Length == 0 || name == Run || name.AsSpan().ContainsAny("${}"))
            {
                throw node.Wrong($"a name other than '{Run}', without '$', '{{' or '}}'", "Give the variable another name.");
            }
        }

        return grid;

        (string Name, RecipeNode Node) Replace((string Name, RecipeNode Node) variable) =>
            given.TryGetValue(variable.Name, out var value) ? (variable.Name, variable.Node with { Value = value }) : variable;
    }

    /// <summary>All assignments: cases outermost, then the variables in their order, the last one fastest.</summary>
    public IEnumerable<JsonObject> Expand() => cases.SelectMany(ExpandCase);

    /// <summary>The cases with those of their values that were asked for, variable by variable; a case that has none of them is left out.</summary>
    private static IReadOnlyList<IReadOnlyList<(string Name, RecipeNode Node)>> Choose(
        IReadOnlyList<IReadOnlyList<(string Name, RecipeNode Node)>> cases, IEnumerable<KeyValuePair<string, JsonNode?>> given,
        IReadOnlyList<(string Name, RecipeNode Node)> variables)
    {
        string[] names = [.. variables.Concat(cases.SelectMany(members => members)).Select(variable => variable.Name).Distinct()];
        foreach (var (name, asked) in given)
        {
            if (!names.Contains(name))
            {
                throw new InvalidInputException("unknown-variable", $"The recipe has no variable '{name}'.")
                {
                    File = "--set-variable",
                    Found = name,
                    Expected = string.Join(", ", names),
                    Hint = "Set one of the variables of the recipe.",
                };
            }

            JsonNode?[] has = [.. cases.SelectMany(members => members).Where(member => member.Name == name).SelectMany(member => Listed(member.Node.Value))];
            JsonNode?[] values = [.. Listed(asked)];
            cases = [.. cases.Select(members => Narrow(members, name, values)).OfType<IReadOnlyList<(string Name, RecipeNode Node)>>()];
            if (cases.Count == 0 || values.Any(value => !has.Any(one => JsonNode.DeepEquals(one, value))))
            {
                throw new InvalidInputException("unknown-value", $"The cases of the recipe have no such '{name}', or none together with what else was asked for.")
                {
                    File = "--set-variable",
                    Found = asked?.ToJsonString() ?? "null",
                    Expected = string.Join(", ", has.Select(value => value?.ToJsonString() ?? "null").Distinct()),
                    Hint = "Choose among the values that the cases list.",
                };
            }
        }

        return cases;
    }

    private static IReadOnlyList<(string Name, RecipeNode Node)>? Narrow(
        IReadOnlyList<(string Name, RecipeNode Node)> members, string name, JsonNode?[] values)
    {
        JsonNode?[] kept = [.. members.Where(member => member.Name == name).SelectMany(member => Listed(member.Node.Value)).Where(IsAsked)];
        return kept.Length == 0 ? null : [.. members.Select(member =>
            member.Name == name ? (name, member.Node with { Value = new JsonArray([.. kept.Select(value => value?.DeepClone())]) }) : member)];

        bool IsAsked(JsonNode? value) => values.Any(asked => JsonNode.DeepEquals(asked, value));
    }

    private static IEnumerable<JsonNode?> Listed(JsonNode? value) => value is JsonArray list ? (IEnumerable<JsonNode?>)list : [value];

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
