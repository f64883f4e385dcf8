using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;

namespace Sparsum.Cli.Sweeps;

/// <summary>One command line of a recipe, before variables have values.</summary>
internal sealed record StepTemplate
{
    private static readonly string[] Known = ["name", "verb", "options", "keep", "when", "exclude"];

    public required RecipeNode Source { get; init; }

    /// <summary>What tables call the step; the verb's name unless the recipe says otherwise.</summary>
    public required string Name { get; init; }

    public required string Verb { get; init; }

    public required RecipeNode? Options { get; init; }

    /// <summary>Whether the output of the step stays when the run is over.</summary>
    public required bool Keep { get; init; }

    public required VariableFilter Filter { get; init; }

    public static StepTemplate Read(RecipeNode node, IReadOnlyList<string> variables)
    {
        node.AllowOnly(Known);
        var verb = node.Require("verb");
        var commands = SparsumCommand.CreateRoot(new CommonOptions()).Subcommands;
        string[] verbs = [.. commands.Where(command => !command.Hidden).Select(command => command.Name).Where(command => command != SweepVerb.VerbName)];
        if (!verbs.Contains(verb.Text))
        {
            throw verb.Unknown("verb", verb.Text, verbs);
        }

        var name = node.Find("name") ?? verb;
        if (!name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            throw name.Wrong("letters, digits, '-' and '_'");
        }

        return new StepTemplate
        {
            Source = node,
            Name = name.Text,
            Verb = verb.Text,
            Options = node.Find("options"),
            Keep = node.Find("keep")?.Flag ?? true,
            Filter = VariableFilter.Read(node, variables),
        };
    }

    /// <summary>The step of one run.</summary>
    public PlannedStep Resolve(JsonObject assignment, int defaultSeed)
    {
        var line = StepArguments.Create(this, assignment, defaultSeed);
        bool isOwnOutput = line.Output?.StartsWith(Substitution.RunFolder + "/", StringComparison.Ordinal) ?? false;
        return Keep || isOwnOutput
            ? new PlannedStep(Name, Verb, line.Arguments, Keep ? null : line.Output)
            : throw Source.Wrong(
                $"an 'output' below {Substitution.RunFolder} where 'keep' is false",
                $"Write to '{Substitution.RunFolder}/NAME', or leave out 'keep'.");
    }
}
