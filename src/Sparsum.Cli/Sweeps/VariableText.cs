using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>Values of variables as people read them.</summary>
internal static class VariableText
{
    /// <summary>The value; of a path its last name; a dash for none.</summary>
    public static string Of(JsonNode? value)
    {
        if (value is null)
        {
            return "–";
        }

        string text = Substitution.Format(value);
        return value is JsonValue && text.Contains('/') ? Path.GetFileName(text.TrimEnd('/')) : text;
    }
}
