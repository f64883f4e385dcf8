using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>Every run of a recipe. All command lines are checked before the first one runs.</summary>
internal sealed record SweepPlan(Recipe Recipe, IReadOnlyList<PlannedRun> Runs)
{
    public static SweepPlan Create(Recipe recipe, int defaultSeed)
    {
        string[] varying =
        [
            .. recipe.Assignments.SelectMany(assignment => assignment.Select(variable => variable.Key)).Distinct()
                .Where(name => recipe.Assignments.Any(assignment => !JsonNode.DeepEquals(assignment[name], recipe.Assignments[0][name]))),
        ];
        List<PlannedRun> runs = [.. recipe.Assignments.Select(assignment => PlannedRun.Create(recipe, assignment, varying, defaultSeed))];
        if (runs.GroupBy(run => run.Key).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw (recipe.Source.Require("steps") with { Value = new JsonArray([.. same.Select(run => run.Variables.DeepClone())]) }).Wrong(
                "different command lines for different assignments of the variables",
                "Use the variables in which they differ in a step, or exclude all but one of the assignments.");
        }

        foreach (var table in recipe.Tables)
        {
            table.CheckCells(runs);
        }

        return new SweepPlan(recipe, runs);
    }
}
