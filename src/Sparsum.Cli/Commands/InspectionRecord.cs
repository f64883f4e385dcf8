using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Pruning.Inspection;
using Sparsum.Pruning.Measures;
using Sparsum.Tensors;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary>What an inspection found as fields of a document, and for people.</summary>
internal static class InspectionRecord
{
    private const int HistogramBins = 20;

    public static JsonObject Create(string folder, ModelFacts facts, SparsityInspection inspection, IReadOnlyList<string> pictures) => new()
    {
        ["architecture"] = facts.Architecture,
        ["parameters"] = facts.Parameters,
        ["hiddenSize"] = facts.HiddenSize,
        ["vocabularySize"] = facts.VocabularySize,
        ["maxPositions"] = facts.MaxPositions,
        ["heads"] = Common(facts.Heads),
        ["keyValueHeads"] = Common(facts.KeyValueHeads),
        ["headsPerModule"] = JsonText.Array(facts.Heads, count => count),
        ["keyValueHeadsPerModule"] = JsonText.Array(facts.KeyValueHeads, count => count),
        ["labels"] = facts.Labels is { } labels ? JsonText.Array(labels, label => label) : null,
        ["bytesOnDisk"] = FolderSize.Measure(folder).Total,
        ["sparsity"] = inspection.Sparsity,
        ["zeros"] = inspection.Zeros,
        ["elements"] = inspection.Elements,
        ["denseElements"] = inspection.DenseElements,
        ["removed"] = inspection.Removed,
        ["epsilon"] = inspection.Epsilon,
        ["trackedSparsity"] = inspection.Tracked.Sparsity,
        ["connectivity"] = Create(inspection.Connectivity),
        ["relativeImportanceOfRemovedHeads"] = inspection.RelativeImportanceOfRemovedHeads,
        ["pictures"] = JsonText.Array(pictures, file => file),
        ["blocks"] = JsonText.Array(inspection.Blocks, block => new JsonObject
        {
            ["index"] = block.Index,
            ["name"] = block.Name,
            ["sparsity"] = block.Sparsity,
            ["attentions"] = JsonText.Array(block.Heads, Create),
            ["layers"] = JsonText.Array(block.Layers, Create),
        }),
    };

    public static void Render(
        IAnsiConsole console, string folder, ModelFacts facts, SparsityInspection inspection, IReadOnlyList<string> pictures)
    {
        var connectivity = inspection.Connectivity;
        console.WriteFacts(
            ("architecture", facts.Architecture),
            ("parameters", Units.Count(facts.Parameters)),
            ("blocks", $"{inspection.Blocks.Count} of width {facts.HiddenSize}, {Range(facts.Heads)} heads, {Range(facts.KeyValueHeads)} key/value heads"),
            ("vocabulary", Units.Count(facts.VocabularySize)),
            ("positions", Units.Count(facts.MaxPositions)),
            ("labels", facts.Labels is { } labels ? string.Join(", ", labels) : null),
            ("on disk", Units.Bytes(FolderSize.Measure(folder).Total)),
            ("sparsity", $"{Units.Percent(inspection.Sparsity)} of {Units.Count(inspection.DenseElements)} weights in the blocks"
                + (inspection.Removed == 0 ? "" : $", {Units.Count(inspection.Removed)} of them removed")),
            ("near zero", $"{Units.Percent(inspection.Tracked.Sparsity)} of the weights in query, key, value and MLP below "
                + inspection.Epsilon.ToString("0.######", CultureInfo.InvariantCulture)),
            ("connectivity", $"{Describe(connectivity, 2)} of the inputs of each MLP neuron, "
                + $"{Units.Count(connectivity.Isolated)} of {Units.Count(connectivity.Percentages.Count)} have none"),
            ("removed heads", inspection.RelativeImportanceOfRemovedHeads is { } relative
                ? $"{Units.Number(relative)} times as important as those that stayed" : null),
            ("pictures", pictures.Count == 0 ? null : $"{pictures.Count} in {Path.GetDirectoryName(pictures[0])}"));
        var table = Tables.Create("layer", ">shape", ">sparsity", ">non-zeros per row", ">per column", ">isolated", ">connectivity");
        foreach (var block in inspection.Blocks)
        {
            table.AddPlainRow(block.Name, string.Join(", ", block.Heads.Select(Describe)), Units.Percent(block.Sparsity), "", "", "", "");
            foreach (var layer in block.Layers)
            {
                string name = layer.Name.StartsWith(block.Name, StringComparison.Ordinal) ? layer.Name[(block.Name.Length + 1)..] : layer.Name;
                table.AddPlainRow(
                    $"  {name}",
                    Tensor.FormatShape([layer.Rows, layer.Columns]),
                    Units.Percent(layer.Sparsity),
                    Describe(layer.RowDegrees),
                    Describe(layer.ColumnDegrees),
                    $"{layer.RowDegrees.Isolated} + {layer.ColumnDegrees.Isolated}",
                    Describe(layer.Connectivity, 1));
            }
        }

        console.Write(table);
    }

    /// <summary>The number of all modules; null where they differ.</summary>
    private static int? Common(IReadOnlyList<int> counts) => counts.Distinct().Count() == 1 ? counts[0] : null;

    private static string Range(IReadOnlyList<int> counts) => Common(counts) is { } count ? $"{count}" : $"{counts.Min()} to {counts.Max()}";

    private static JsonObject Create(LayerInspection layer) => new()
    {
        ["name"] = layer.Name,
        ["sparsity"] = layer.Sparsity,
        ["rows"] = layer.Rows,
        ["columns"] = layer.Columns,
        ["denseElements"] = layer.DenseElements,
        ["zeros"] = layer.Zeros,
        ["nearZeros"] = layer.NearZeros,
        ["rowDegrees"] = Create(layer.RowDegrees),
        ["columnDegrees"] = Create(layer.ColumnDegrees),
        ["connectivity"] = Create(layer.Connectivity),
    };

    private static JsonObject Create(DegreeStatistics degrees) => new()
    {
        ["mean"] = degrees.Mean,
        ["standardDeviation"] = degrees.StandardDeviation,
        ["smallest"] = degrees.Smallest,
        ["largest"] = degrees.Largest,
        ["isolated"] = degrees.Isolated,
    };

    private static JsonObject Create(Connectivity connectivity) => new()
    {
        ["mean"] = connectivity.Mean,
        ["standardDeviation"] = connectivity.StandardDeviation,
        ["isolated"] = connectivity.Isolated,
        ["rows"] = connectivity.Percentages.Count,
        ["histogram"] = JsonText.Array(connectivity.Histogram(HistogramBins), count => count),
    };

    private static JsonObject Create(HeadInspection heads) => new()
    {
        ["kind"] = heads.Kind,
        ["originalHeads"] = heads.Original,
        ["keptHeads"] = JsonText.Array(heads.Kept.Keys, head => head),
        ["importance"] = JsonText.Array(heads.Kept.Values, JsonText.Number),
        ["removedImportance"] = new JsonObject(heads.Removed.Select(head =>
            KeyValuePair.Create(head.Key.ToString(CultureInfo.InvariantCulture), JsonText.Number(head.Value.Removed)))),
    };

    private static string Describe(HeadInspection heads) => heads.Kept.Count == heads.Original
        ? $"{heads.Original} heads"
        : $"{heads.Kept.Count} of {heads.Original} heads";

    private static string Describe(Connectivity connectivity, int digits) =>
        $"{Units.Number(connectivity.Mean, digits)} ± {Units.Number(connectivity.StandardDeviation, digits)} %";

    private static string Describe(DegreeStatistics degrees) =>
        $"{Units.Number(degrees.Mean, 1)} ± {Units.Number(degrees.StandardDeviation, 1)}";
}
