using System.Globalization;
using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Ratios that somebody else chose: one for each layer, or one for each block, which its layers share where they have none of their own. They
/// take the place of a target.
/// </summary>
public sealed class GivenRatios : IAllocation
{
    private const int MostNames = 5;

    private readonly SortedDictionary<string, double> ratios;
    private readonly string? file;

    /// <summary>Takes the ratios.</summary>
    /// <param name="ratios">
    /// From 0 to below 1, under the name of a layer (<c>model.layers.0.self_attn.q_proj</c>), of a block (<c>model.layers.0</c>) or the number
    /// of a block, from 0.
    /// </param>
    /// <exception cref="InvalidInputException">A ratio is out of range: <c>ratio-out-of-range</c>.</exception>
    public GivenRatios(IReadOnlyDictionary<string, double> ratios)
        : this(ratios, null)
    {
    }

    private GivenRatios(IReadOnlyDictionary<string, double> ratios, string? file)
    {
        this.file = file;
        this.ratios = new SortedDictionary<string, double>(ratios.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, ratio) in ratios)
        {
            if (!(ratio is >= 0 and < 1))
            {
                throw Error("ratio-out-of-range", $"The ratio of '{name}' is out of range.", ratio.ToString("R", CultureInfo.InvariantCulture), "a number from 0 to below 1", null);
            }
        }
    }

    /// <inheritdoc/>
    public string Name => "ratios";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => ratios.ToDictionary(entry => entry.Key, entry => SettingText.Format(entry.Value));

    /// <inheritdoc/>
    public bool HasOwnSparsity => true;

    /// <inheritdoc/>
    public bool SharesWork => true;

    /// <inheritdoc/>
    public bool SparesBlocks => true;

    /// <summary>Reads a file: one JSON object of names and ratios.</summary>
    /// <exception cref="InvalidInputException">There is no such file, it holds something else, or a ratio is out of range.</exception>
    public static GivenRatios Read(string file)
    {
        var rules = new JsonRules { Code = "malformed-ratios", Expected = "an object of names and ratios, such as {\"model.layers.0\": 0.5}" };
        var ratios = new Dictionary<string, double>(StringComparer.Ordinal);
        var root = StrictJson.Read(file, rules);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidInputException(rules.Code, $"'{file}' holds no ratios.") { File = file, Found = $"{root.ValueKind}", Expected = rules.Expected };
        }

        foreach (var entry in root.EnumerateObject())
        {
            ratios[entry.Name] = entry.Value.ValueKind == JsonValueKind.Number
                ? entry.Value.GetDouble()
                : throw new InvalidInputException(rules.Code, $"The ratio of '{entry.Name}' is no number.")
                {
                    File = file,
                    Found = entry.Value.GetRawText(),
                    Expected = rules.Expected,
                };
        }

        return new GivenRatios(ratios, file);
    }

    /// <inheritdoc/>
    public void Check(AllocationTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Masks.Pattern is { } pattern)
        {
            throw new InvalidInputException("conflicting-options", "A pattern has one ratio for all layers.")
            {
                Option = "ratios",
                Found = $"ratios together with {pattern}",
                Hint = "Leave out `ratios` or `pattern`.",
            };
        }
    }

    /// <inheritdoc/>
    public void CheckModel(TransformerModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var layers = model.Blocks.SelectMany(block => block.Linears, (block, layer) => (Block: block, layer.Name)).ToList();
        string[] known = [.. layers.SelectMany(layer => Names(layer.Block, layer.Name)).Distinct()];
        if (ratios.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw Error(
                "unknown-layer",
                $"No layer or block that is pruned is called '{unknown}'.",
                unknown,
                "names such as " + string.Join(", ", known.Take(MostNames)),
                LayerSelection.Near(unknown, known));
        }

        if (model.Blocks.FirstOrDefault(block => ratios.ContainsKey(block.Name) && ratios.ContainsKey(Number(block))) is { } twice)
        {
            throw Error("malformed-ratios", $"The block '{twice.Name}' has two ratios.", $"{twice.Name} and {Number(twice)}", "one of the two", null);
        }

        string[] missing = [.. layers.Where(layer => Find(layer.Block, layer.Name) is null).Select(layer => layer.Name)];
        if (missing.Length > 0)
        {
            throw Error(
                "missing-ratio",
                $"{missing.Length} of {layers.Count} layers have no ratio.",
                "none for " + string.Join(", ", missing.Take(MostNames)) + (missing.Length > MostNames ? ", …" : ""),
                "a ratio for each layer or its block",
                "Add them, with 0 for layers that stay dense, or leave the layers out with `exclude`.");
        }
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new AllocationResult(new SparsityPlan(
            context.Pretrained.Model.Blocks.Select(block => block.Linears.Select(layer => Find(block, layer.Name)!.Value))));
    }

    private double? Find(TransformerBlock block, string layer)
    {
        foreach (string name in Names(block, layer))
        {
            if (ratios.TryGetValue(name, out double ratio))
            {
                return ratio;
            }
        }

        return null;
    }

    /// <summary>The names under which the ratio of a layer may stand; the first that does counts.</summary>
    private static string[] Names(TransformerBlock block, string layer) => [layer, block.Name, Number(block)];

    private static string Number(TransformerBlock block) => block.Index.ToString(CultureInfo.InvariantCulture);

    private InvalidInputException Error(string code, string message, string found, string expected, string? hint) =>
        new(code, message) { File = file, Option = "ratios", Found = found, Expected = expected, Hint = hint };
}
