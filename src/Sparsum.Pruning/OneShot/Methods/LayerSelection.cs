using Sparsum.Core;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>
/// Which linear layers of the blocks are pruned. Patterns are compared with the name of a layer, such as
/// <c>model.layers.0.self_attn.q_proj</c>, and with that of its block, <c>model.layers.0</c>: <c>*</c> stands for any characters, dots included,
/// and <c>?</c> for one. The sparsity of a run is that of the selected layers; all others stay as they are, bit for bit.
/// </summary>
public sealed record LayerSelection
{
    private const int MostExamples = 5;

    /// <summary>All layers.</summary>
    public static LayerSelection All { get; } = new();

    /// <summary>Patterns of layers that are pruned; empty for all.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of layers that are not pruned, whatever includes them.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether nothing is left out.</summary>
    internal bool IsAll => Include.Count == 0 && Exclude.Count == 0;

    /// <summary>Whether a pattern matches a whole name.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="name">The name.</param>
    public static bool Matches(string pattern, string name)
    {
        int p = 0;
        int n = 0;
        int star = -1;
        int resumed = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && (pattern[p] == '?' || (pattern[p] == name[n] && pattern[p] != '*')))
            {
                (p, n) = (p + 1, n + 1);
            }
            else if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resumed) = (p++, n);
            }
            else if (star >= 0)
            {
                // The last star takes one character more.
                (p, n) = (star + 1, ++resumed);
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }

    /// <summary>Takes the layers that are not selected out of the lists of a model's blocks.</summary>
    /// <returns>Their names.</returns>
    /// <exception cref="InvalidInputException">A pattern matches no layer (<c>unknown-layer</c>), or none is left (<c>nothing-selected</c>).</exception>
    internal IReadOnlyList<string> Apply(TransformerModel model)
    {
        foreach (var (option, pattern) in Include.Select(pattern => ("include", pattern)).Concat(Exclude.Select(pattern => ("exclude", pattern))))
        {
            RequireMatch(model, option, pattern);
        }

        List<string> leftOut = [];
        foreach (var block in model.Blocks)
        {
            leftOut.AddRange(block.Linears.Where(layer => !IsSelected(block, layer)).Select(layer => layer.Name));
            block.LeaveOut(layer => !IsSelected(block, layer));
        }

        return model.Blocks.Any(block => block.Linears.Count > 0) ? leftOut : throw new InvalidInputException("nothing-selected", "No layer is left to be pruned.")
        {
            Option = Exclude.Count > 0 ? "exclude" : "include",
            Found = string.Join(", ", Exclude),
            Hint = "Leave out a pattern.",
        };
    }

    /// <summary>Names that stand near one that does not exist, for an error: patterns keep their beginning.</summary>
    internal static string? Near(string given, IEnumerable<string> names)
    {
        int dot = given.LastIndexOf('.');
        string? last = Suggestion.Nearest(given[(dot + 1)..], names.Select(name => name[(name.LastIndexOf('.') + 1)..]).Distinct());
        string? nearest = Suggestion.Nearest(given, names) ?? (last is null ? null : given[..(dot + 1)] + last);
        return nearest is null || nearest == given ? null : $"Did you mean '{nearest}'?";
    }

    private bool IsSelected(TransformerBlock block, Linear layer) =>
        (Include.Count == 0 || Include.Any(pattern => Matches(pattern, block, layer))) && !Exclude.Any(pattern => Matches(pattern, block, layer));

    private static bool Matches(string pattern, TransformerBlock block, Linear layer) => Matches(pattern, layer.Name) || Matches(pattern, block.Name);

    private static void RequireMatch(TransformerModel model, string option, string pattern)
    {
        if (model.Blocks.Any(block => block.Linears.Any(layer => Matches(pattern, block, layer))))
        {
            return;
        }

        string[] names = [.. model.Blocks.SelectMany(block => block.Linears.Select(layer => layer.Name).Append(block.Name))];
        throw new InvalidInputException("unknown-layer", $"No layer that can be pruned matches '{pattern}'.")
        {
            Option = option,
            Found = pattern,
            Expected = "a pattern for names such as " + string.Join(", ", names.Take(MostExamples)),
            Hint = Near(pattern, names),
        };
    }
}
