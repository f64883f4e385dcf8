using System.Text.Json.Nodes;
using Sparsum.Cli.Methods;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Commands;

/// <summary>What one option of a verb can be, from a registry.</summary>
/// <param name="Option">The option.</param>
/// <param name="Key">The name of the list in a document.</param>
/// <param name="Entries">Objects with <c>name</c>, <c>description</c> and what else there is to say.</param>
internal sealed record HelpList(string Option, string Key, JsonArray Entries)
{
    private const int LeastWidth = 12;

    /// <summary>The settings of methods with their defaults.</summary>
    public static HelpList Of(IEnumerable<MethodEntry> entries) => new(
        MethodSettingOption.Name,
        "settings",
        JsonText.Array(entries.SelectMany(entry => entry.Properties), property => new JsonObject
        {
            ["name"] = property.Name,
            ["default"] = property.Default,
            ["description"] = property.Description,
        }));

    /// <summary>The list for people.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($"{Option}:");
        var lines = Entries.Select(Line).DefaultIfEmpty(("(none)", "")).ToList();
        int width = Math.Max(LeastWidth, lines.Max(line => line.Item1.Length + 2));
        foreach (var (name, description) in lines)
        {
            output.WriteLine($"  {name.PadRight(width)}{description}".TrimEnd());
        }

        output.WriteLine();
    }

    private static (string Name, string Description) Line(JsonNode? entry)
    {
        string name = entry!["name"]!.GetValue<string>();
        string description = entry["description"]!.GetValue<string>();
        return entry["default"] is { } value ? (name, $"{description} [default: {value}]") : (name, description);
    }
}
