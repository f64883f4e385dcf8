using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// Turns the options of a step into a command line: arguments under their names in lower case, options under theirs without the dashes. A
/// list repeats its option, an object does so with <c>NAME=VALUE</c>, true is the bare option, null and false leave it out.
/// </summary>
internal sealed record StepArguments(IReadOnlyList<string> Arguments, string? Output)
{
    private const string OutputName = "output";
    private const string SeedName = "seed";

    // How a step is shown, with how many threads it runs and what it may replace is for the sweep to say; what it measures stands in its steps.
    private static readonly string[] OfTheSweep = ["json", "quiet", "verbose", "offline", "threads", "resume", "force", "verdict"];

    public static StepArguments Create(StepTemplate step, JsonObject assignment, int defaultSeed)
    {
        var root = SparsumCommand.CreateRoot(new CommonOptions());
        var verb = (Verb)root.Subcommands.Single(command => command.Name == step.Verb);
        var options = verb.Options
            .Concat(root.Options.Where(option => option.Recursive))
            .Where(option => option.Action is null)
            .ToDictionary(NameOf);
        var positional = verb.Arguments.ToDictionary(argument => argument.Name.ToLowerInvariant());
        string[] known = [.. positional.Keys, .. options.Keys.Except(OfTheSweep)];
        var values = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, node) in step.Options?.Members ?? [])
        {
            values[name] = known.Contains(name) ? Substitution.Apply(node, assignment) : throw node.Unknown("option", name, known);
        }

        values.TryAdd(SeedName, defaultSeed);
        var arguments = positional.Keys
            .Where(values.ContainsKey)
            .SelectMany(name => Tokens(step, name, values[name]))
            .Concat(values.Where(pair => options.ContainsKey(pair.Key)).SelectMany(pair => OptionTokens(step, options[pair.Key], pair)))
            .ToList();
        Check(step, root, arguments);
        return new StepArguments(arguments, values.GetValueOrDefault(OutputName)?.GetValue<string>());
    }

    private static string NameOf(Option option) => option.Aliases.Append(option.Name).MaxBy(name => name.Length)!.TrimStart('-');

    private static IEnumerable<string> OptionTokens(StepTemplate step, Option option, KeyValuePair<string, JsonNode?> value) =>
        option is not Option<bool> ? Tokens(step, value.Key, value.Value).SelectMany(token => (string[])[option.Name, token])
        : value.Value is null || value.Value.GetValueKind() == JsonValueKind.False ? []
        : value.Value.GetValueKind() == JsonValueKind.True ? [option.Name]
        : throw At(step, value.Key, value.Value).Wrong("true or false");

    private static IEnumerable<string> Tokens(StepTemplate step, string name, JsonNode? value) => value switch
    {
        null => [],
        JsonValue when value.GetValueKind() == JsonValueKind.False => [],
        JsonArray list => list.SelectMany(item => Tokens(step, name, item)),
        JsonObject members => members
            .Where(member => member.Value is not null)
            .Select(member => $"{member.Key}={Scalar(step, name, member.Value!)}"),
        _ => [Scalar(step, name, value)],
    };

    private static string Scalar(StepTemplate step, string name, JsonNode value) =>
        value is JsonValue ? Substitution.Format(value) : throw At(step, name, value).Wrong("a text or a number");

    private static RecipeNode At(StepTemplate step, string name, JsonNode? value) => step.Options!.Require(name) with { Value = value };

    /// <summary>Lets the verb look at the line before anything has run, and says where in the recipe it comes from.</summary>
    private static void Check(StepTemplate step, RootCommand root, IReadOnlyList<string> arguments)
    {
        try
        {
            var parse = root.Parse([step.Verb, .. arguments]);
            if (parse.Errors.Count > 0)
            {
                throw CommandLineError.From(parse);
            }
        }
        catch (InvalidInputException error)
        {
            string message = $"The recipe's {step.Source.Place} ('{step.Name}') is no valid command line: {error.Message}";
            throw new InvalidInputException(error.Code, message, error)
            {
                File = step.Source.File,
                Found = error.Found,
                Expected = error.Expected,
                Hint = error.Hint ?? $"See 'sparsum {step.Verb} --help'.",
            };
        }
    }
}
