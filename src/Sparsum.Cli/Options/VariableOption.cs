using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Options;

/// <summary>The option <c>--set-variable name=value</c>.</summary>
internal static class VariableOption
{
    private const string Name = "--set-variable";

    public static Option<string[]> Create() => new(Name)
    {
        Description = "A value for a variable of the recipe; a JSON list is several. Repeat it for more variables.",
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Reads values as JSON, and what is no JSON as text.</summary>
    public static IReadOnlyDictionary<string, JsonNode?> Parse(IEnumerable<string> given)
    {
        var values = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (string text in given)
        {
            int equals = text.IndexOf('=');
            if (equals <= 0)
            {
                throw OptionFactory.Invalid(Name, text, "NAME=VALUE", "For instance --set-variable sparsity=[0.5,0.7].");
            }

            values[text[..equals]] = ParseValue(text[(equals + 1)..]);
        }

        return values;
    }

    private static JsonNode? ParseValue(string text)
    {
        try
        {
            return StrictJson.ParseNode(Encoding.UTF8.GetBytes(text), Name);
        }
        catch (InvalidInputException)
        {
            return JsonValue.Create(text);
        }
    }
}
