using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>One run of a sweep: its variables, its command lines, and a name that follows from both.</summary>
/// <param name="Id">The name of its folder: values of the variables for people, then the key.</param>
/// <param name="Key">A digest of the command lines: runs with the same key are the same run.</param>
/// <param name="Variables">The assignment.</param>
/// <param name="Steps">The command lines, in order.</param>
internal sealed record PlannedRun(string Id, string Key, JsonObject Variables, IReadOnlyList<PlannedStep> Steps)
{
    private const int KeyDigits = 10;
    private const int LongestName = 60;

    public static PlannedRun Create(Recipe recipe, JsonObject assignment, IReadOnlyCollection<string> varying, int defaultSeed)
    {
        var steps = recipe.Steps
            .Where(step => step.Filter.Includes(assignment))
            .Select(step => step.Resolve(assignment, defaultSeed))
            .ToList();
        var repeated = steps.GroupBy(step => step.Name).FirstOrDefault(group => group.Count() > 1);
        if (repeated is not null || steps.Count == 0)
        {
            throw (recipe.Source.Require("steps") with { Value = assignment }).Wrong(
                "one step or more for every assignment of the variables, each with a name of its own",
                repeated is null
                    ? "Exclude the assignment from the recipe."
                    : $"Several steps are called '{repeated.Key}': name them, or limit them with 'when'.");
        }

        string key = Digest(steps);
        return new PlannedRun($"{NameFor(assignment, varying)}{key}", key, assignment, steps);
    }

    private static string Digest(IEnumerable<PlannedStep> steps)
    {
        var lines = new JsonArray([.. steps.Select(step => new JsonArray([step.Name, step.Verb, .. step.Arguments]))]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToJsonString())))[..KeyDigits];
    }

    private static string NameFor(JsonObject assignment, IReadOnlyCollection<string> varying)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in assignment)
        {
            if (varying.Contains(name) && value is JsonValue)
            {
                text.Append(VariableText.Of(value)).Append('-');
            }
        }

        string safe = string.Concat(text.ToString().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
        return safe.Length <= LongestName ? safe : safe[..LongestName] + "-";
    }
}
