using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// Puts the values of variables in the place of <c>${name}</c>. A string that is nothing but one variable becomes its value, whatever its
/// type; within other text the value is written out.
/// </summary>
internal static class Substitution
{
    private const string Open = "${";

    /// <summary>The folder of a run as it stands in planned command lines: it is known only when the run starts.</summary>
    public const string RunFolder = Open + VariableGrid.Run + "}";

    public static JsonNode? Apply(RecipeNode node, JsonObject assignment) => node.Value switch
    {
        JsonArray => new JsonArray([.. node.Items.Select(item => Apply(item, assignment))]),
        JsonObject => new JsonObject(node.Members.Select(member => KeyValuePair.Create(member.Name, Apply(member.Node, assignment)))),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => ApplyToText(node, assignment),
        _ => node.Value?.DeepClone(),
    };

    /// <summary>A value as it is written on a command line.</summary>
    public static string Format(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static JsonNode? ApplyToText(RecipeNode node, JsonObject assignment)
    {
        string text = node.Text;
        var result = new StringBuilder();
        int position = 0;
        for (int start; (start = text.IndexOf(Open, position, StringComparison.Ordinal)) >= 0;)
        {
            int end = text.IndexOf('}', start);
            if (end < 0)
            {
                throw node.Wrong("a '}' after every '${'", "Close the variable's name.");
            }

            string name = text[(start + Open.Length)..end];
            bool isWhole = start == 0 && end == text.Length - 1;
            if (isWhole && name != VariableGrid.Run)
            {
                return ValueOf(node, name, assignment)?.DeepClone();
            }

            result.Append(text, position, start - position);
            result.Append(name == VariableGrid.Run ? RunFolder : FormatWithinText(node, name, assignment));
            position = end + 1;
        }

        return result.Append(text, position, text.Length - position).ToString();
    }

    private static string FormatWithinText(RecipeNode node, string name, JsonObject assignment) =>
        ValueOf(node, name, assignment) is JsonValue value
            ? Format(value)
            : throw node.Wrong(
                $"a text, a number, true or false as value of '{name}'", "Lists, objects and null can stand for a whole value only.");

    private static JsonNode? ValueOf(RecipeNode node, string name, JsonObject assignment) =>
        assignment.TryGetPropertyValue(name, out var value)
            ? value
            : throw node.Unknown("variable", name, [VariableGrid.Run, .. assignment.Select(variable => variable.Key)]);
}
