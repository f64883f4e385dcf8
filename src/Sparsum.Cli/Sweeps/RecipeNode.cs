using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>A value of a recipe together with its place, so that whatever is wrong with it can be told.</summary>
/// <param name="File">The recipe's file.</param>
/// <param name="Place">Where in the file, e.g. <c>steps[1].options.sparsity</c>; empty for the whole recipe.</param>
/// <param name="Value">The value; null is JSON's null.</param>
internal sealed record RecipeNode(string File, string Place, JsonNode? Value)
{
    private static readonly JsonRules Rules = new() { Code = "malformed-recipe", Hint = "See docs/sweeps.md for an example.", AllowsComments = true };

    public static RecipeNode Read(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            throw new InvalidInputException("missing-file", $"There is no recipe '{file}'.") { File = file, Hint = "Check the path." };
        }

        bool isYaml = Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml";
        return new RecipeNode(file, "", isYaml ? YamlText.Read(file, Rules) : StrictJson.ReadNode(file, Rules));
    }

    public string Text => Value?.GetValueKind() == JsonValueKind.String ? Value.GetValue<string>() : throw Wrong("a string");

    public bool Flag => Value?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    public double Number => Value?.GetValueKind() == JsonValueKind.Number ? Value.GetValue<double>() : throw Wrong("a number");

    /// <summary>The elements of a list.</summary>
    public IReadOnlyList<RecipeNode> Items => Value is JsonArray array
        ? [.. array.Select((item, index) => new RecipeNode(File, $"{Place}[{index}]", item))]
        : throw Wrong("a list");

    /// <summary>The members of an object, in the order of the file.</summary>
    public IReadOnlyList<(string Name, RecipeNode Node)> Members => Value is JsonObject members
        ? [.. members.Select(member => (member.Key, new RecipeNode(File, Join(member.Key), member.Value)))]
        : throw Wrong("an object");

    /// <summary>Refuses members that nobody would read.</summary>
    public RecipeNode AllowOnly(params string[] known)
    {
        foreach (var (name, node) in Members)
        {
            if (!known.Contains(name))
            {
                throw node.Unknown("key", name, known);
            }
        }

        return this;
    }

    /// <summary>A member, or null where there is none.</summary>
    public RecipeNode? Find(string name) => Members.FirstOrDefault(member => member.Name == name).Node;

    /// <summary>A member that must be there.</summary>
    public RecipeNode Require(string name) => Find(name) ?? throw new InvalidInputException(
        "missing-key", $"The recipe has no '{Join(name)}'.")
    {
        File = File,
        Found = string.Join(", ", Members.Select(member => member.Name)),
        Expected = $"'{name}'",
        Hint = "See docs/sweeps.md for what belongs there.",
    };

    public InvalidInputException Wrong(string expected, string? hint = null) =>
        new("invalid-recipe", Place.Length == 0 ? "The recipe does not fit." : $"The recipe's '{Place}' does not fit.")
        {
            File = File,
            Found = Value?.ToJsonString() ?? "null",
            Expected = expected,
            Hint = hint ?? "See docs/sweeps.md for what belongs there.",
        };

    /// <summary>An error about a name that is not among the known ones.</summary>
    /// <param name="kind">What the name is: <c>key</c>, <c>option</c>, <c>variable</c>.</param>
    /// <param name="name">The name.</param>
    /// <param name="known">The names that could stand here.</param>
    public InvalidInputException Unknown(string kind, string name, IReadOnlyCollection<string> known)
    {
        string? nearest = Suggestion.Nearest(name, known);
        return new InvalidInputException($"unknown-{kind}", $"The recipe names the unknown {kind} '{name}' at '{Place}'.")
        {
            File = File,
            Found = name,
            Expected = known.Count == 0 ? "none" : string.Join(", ", known),
            Hint = nearest is null ? "See docs/sweeps.md for what belongs there." : $"Did you mean '{nearest}'?",
        };
    }

    private string Join(string name) => Place.Length == 0 ? name : $"{Place}.{name}";
}
