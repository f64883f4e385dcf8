using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// The keys <c>when</c> and <c>exclude</c>: an object, or a list of which one must fit. An object fits where each of its variables has the
/// value, or one of the values, that it names.
/// </summary>
internal sealed class VariableFilter
{
    private readonly IReadOnlyList<JsonObject>? when;
    private readonly IReadOnlyList<JsonObject> exclude;

    private VariableFilter(IReadOnlyList<JsonObject>? when, IReadOnlyList<JsonObject> exclude)
    {
        this.when = when;
        this.exclude = exclude;
    }

    public static VariableFilter Read(RecipeNode owner, IReadOnlyList<string> names) =>
        new(ReadPatterns(owner.Find("when"), names), ReadPatterns(owner.Find("exclude"), names) ?? []);

    public bool Includes(JsonObject assignment) =>
        (when is null || when.Any(pattern => Fits(pattern, assignment))) && !exclude.Any(pattern => Fits(pattern, assignment));

    private static IReadOnlyList<JsonObject>? ReadPatterns(RecipeNode? node, IReadOnlyList<string> names)
    {
        if (node is null)
        {
            return null;
        }

        IReadOnlyList<RecipeNode> patterns = node.Value is JsonArray ? node.Items : [node];
        foreach (var (name, member) in patterns.SelectMany(pattern => pattern.Members))
        {
            if (!names.Contains(name))
            {
                throw member.Unknown("variable", name, [.. names]);
            }
        }

        return [.. patterns.Select(pattern => pattern.Value!.AsObject())];
    }

    // A variable that a case leaves out has no value, which is null.
    private static bool Fits(JsonObject pattern, JsonObject assignment) => pattern.All(member =>
        member.Value is JsonArray values
            ? values.Any(value => JsonNode.DeepEquals(value, assignment[member.Key]))
            : JsonNode.DeepEquals(member.Value, assignment[member.Key]));
}
