using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>What stands in the cells of a table: a number in the document of a step.</summary>
/// <param name="Title">What it is.</param>
/// <param name="Step">The step whose document has it.</param>
/// <param name="Path">Where in the document: names and indices between dots, e.g. <c>blocks.0.sparsity</c>.</param>
/// <param name="Digits">Digits after the point.</param>
/// <param name="Scale">Factor, e.g. 100 for percent.</param>
internal sealed record TableValue(string Title, string Step, string Path, int Digits, double Scale)
{
    private const int MostDigits = 15;

    public static TableValue Read(RecipeNode node, IReadOnlyList<string> steps)
    {
        node.AllowOnly("title", "step", "path", "digits", "scale");
        var step = node.Require("step");
        var path = node.Require("path");
        var digits = node.Find("digits");
        double count = digits?.Number ?? 2;
        return new TableValue(
            node.Find("title")?.Text ?? path.Text,
            steps.Contains(step.Text) ? step.Text : throw step.Unknown("step", step.Text, [.. steps]),
            path.Text,
            double.IsInteger(count) && count is >= 0 and <= MostDigits
                ? (int)count
                : throw digits!.Wrong($"a whole number from 0 to {MostDigits}"),
            node.Find("scale")?.Number ?? 1);
    }

    /// <summary>The number in the documents of a run; null where there is none.</summary>
    public double? Find(JsonObject documents)
    {
        JsonNode? node = documents[Step];
        foreach (string part in Parts)
        {
            node = Member(node, part);
        }

        return node?.GetValueKind() == JsonValueKind.Number ? node.GetValue<double>() * Scale : null;
    }

    /// <summary>The path with the member that was probably meant where the document of a run has no number; null where nothing is near.</summary>
    public string? Nearest(JsonObject documents)
    {
        JsonNode? node = documents[Step];
        for (int i = 0; i < Parts.Length; i++)
        {
            if (Member(node, Parts[i]) is { } member)
            {
                node = member;
                continue;
            }

            return node is JsonObject members && Suggestion.Nearest(Parts[i], [.. members.Select(each => each.Key)]) is { } nearest
                ? string.Join('.', [.. Parts[..i], nearest, .. Parts[(i + 1)..]])
                : null;
        }

        return null;
    }

    public string Format(double value) => value.ToString("F" + Digits, CultureInfo.InvariantCulture);

    private string[] Parts => Path.Split('.');

    private static JsonNode? Member(JsonNode? node, string part) => node switch
    {
        JsonObject members => members[part],
        JsonArray list => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Count
            ? list[index]
            : null,
        _ => null,
    };
}
