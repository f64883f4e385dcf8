using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// What a sweep does: command lines with variables in them, the values of the variables, and the tables to make of the results.
/// </summary>
internal sealed record Recipe
{
    public required RecipeNode Source { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>Every assignment of the variables that is to be run, in order.</summary>
    public required IReadOnlyList<JsonObject> Assignments { get; init; }

    public required IReadOnlyList<StepTemplate> Steps { get; init; }

    public required IReadOnlyList<TableTemplate> Tables { get; init; }

    /// <summary>Reads and checks a recipe.</summary>
    /// <param name="file">The JSON file.</param>
    /// <param name="given">Values of variables that replace those of the file.</param>
    public static Recipe Read(string file, IReadOnlyDictionary<string, JsonNode?> given)
    {
        var root = RecipeNode.Read(file)
            .AllowOnly("name", "description", "variables", "cases", "when", "exclude", "steps", "tables");
        var grid = VariableGrid.Read(root, given);
        var filter = VariableFilter.Read(root, grid.Names);
        IReadOnlyList<StepTemplate> steps = [.. root.Require("steps").Items.Select(node => StepTemplate.Read(node, grid.Names))];
        string[] stepNames = [.. steps.Select(step => step.Name).Distinct()];
        var assignments = grid.Expand().Where(filter.Includes).ToList();
        return new Recipe
        {
            Source = root,
            Name = root.Require("name").Text,
            Description = root.Find("description")?.Text,
            Assignments = assignments.Count > 0
                ? assignments
                : throw root.Wrong("at least one combination of values that 'when' and 'exclude' leave"),
            Steps = steps.Count > 0 ? steps : throw root.Require("steps").Wrong("at least one step"),
            Tables = [.. root.Find("tables")?.Items.Select(node => TableTemplate.Read(node, grid.Names, stepNames)) ?? []],
        };
    }
}
