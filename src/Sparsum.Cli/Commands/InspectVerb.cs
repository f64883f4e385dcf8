using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Latency;
using Sparsum.Pruning.Inspection;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary><c>inspect MODEL</c>: what a model is made of and how sparse it is.</summary>
internal sealed class InspectVerb : Verb
{
    private readonly Argument<string> model = ModelArgument.Create();

    public InspectVerb()
        : base("inspect", "Show architecture, parameters, heads, and the sparsity of every layer.") => Add(model);

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        using var pretrained = PretrainedModel.Open(folder);
        foreach (string name in pretrained.UnusedTensors)
        {
            context.Warn($"the tensor '{name}' belongs to no known part of the model and is not used");
        }

        context.WarnOfFreshParameters(pretrained);
        int done = 0;
        int layers = pretrained.Model.Blocks.Sum(block => block.Linears.Count);
        var progress = new DirectProgress<string>(name => context.Progress.Report($"reading {name}", (double)done++ / layers));
        var inspection = SparsityInspector.Inspect(pretrained, progress, context.CancellationToken);
        var facts = new ModelFacts(pretrained);
        return new VerbResult
        {
            Model = folder,
            IsOutputTheResult = true,
            Results = CreateResults(folder, facts, inspection),
            Render = console => Render(console, folder, facts, inspection),
        };
    }

    private static JsonObject CreateResults(string folder, ModelFacts facts, SparsityInspection inspection) => new()
    {
        ["architecture"] = facts.Architecture,
        ["parameters"] = facts.Parameters,
        ["hiddenSize"] = facts.HiddenSize,
        ["vocabularySize"] = facts.VocabularySize,
        ["maxPositions"] = facts.MaxPositions,
        ["heads"] = facts.Heads,
        ["keyValueHeads"] = facts.KeyValueHeads,
        ["labels"] = facts.Labels is { } labels ? JsonText.Array(labels, label => label) : null,
        ["bytesOnDisk"] = FolderSize.Measure(folder).Total,
        ["sparsity"] = inspection.Sparsity,
        ["zeros"] = inspection.Zeros,
        ["elements"] = inspection.Elements,
        ["blocks"] = JsonText.Array(inspection.Blocks, block => new JsonObject
        {
            ["index"] = block.Index,
            ["name"] = block.Name,
            ["sparsity"] = block.Sparsity,
            ["layers"] = JsonText.Array(block.Layers, Create),
        }),
    };

    private static JsonObject Create(LayerInspection layer) => new()
    {
        ["name"] = layer.Name,
        ["sparsity"] = layer.Sparsity,
        ["rows"] = layer.Rows,
        ["columns"] = layer.Columns,
        ["zeros"] = layer.Zeros,
        ["rowDegrees"] = Create(layer.RowDegrees),
        ["columnDegrees"] = Create(layer.ColumnDegrees),
    };

    private static JsonObject Create(DegreeStatistics degrees) => new()
    {
        ["mean"] = degrees.Mean,
        ["standardDeviation"] = degrees.StandardDeviation,
        ["smallest"] = degrees.Smallest,
        ["largest"] = degrees.Largest,
        ["isolated"] = degrees.Isolated,
    };

    private static void Render(IAnsiConsole console, string folder, ModelFacts facts, SparsityInspection inspection)
    {
        console.WriteFacts(
            ("architecture", facts.Architecture),
            ("parameters", Units.Count(facts.Parameters)),
            ("blocks", $"{inspection.Blocks.Count} of width {facts.HiddenSize}, {facts.Heads} heads, {facts.KeyValueHeads} key/value heads"),
            ("vocabulary", Units.Count(facts.VocabularySize)),
            ("positions", Units.Count(facts.MaxPositions)),
            ("labels", facts.Labels is { } labels ? string.Join(", ", labels) : null),
            ("on disk", Units.Bytes(FolderSize.Measure(folder).Total)),
            ("sparsity", $"{Units.Percent(inspection.Sparsity)} of {Units.Count(inspection.Elements)} weights in the blocks"));
        var table = Tables.Create("layer", ">shape", ">sparsity", ">non-zeros per row", ">per column", ">isolated");
        foreach (var block in inspection.Blocks)
        {
            table.AddPlainRow(block.Name, "", Units.Percent(block.Sparsity), "", "", "");
            foreach (var layer in block.Layers)
            {
                string name = layer.Name.StartsWith(block.Name, StringComparison.Ordinal) ? layer.Name[(block.Name.Length + 1)..] : layer.Name;
                table.AddPlainRow(
                    $"  {name}",
                    Tensor.FormatShape([layer.Rows, layer.Columns]),
                    Units.Percent(layer.Sparsity),
                    Describe(layer.RowDegrees),
                    Describe(layer.ColumnDegrees),
                    $"{layer.RowDegrees.Isolated} + {layer.ColumnDegrees.Isolated}");
            }
        }

        console.Write(table);
    }

    private static string Describe(DegreeStatistics degrees) =>
        $"{Units.Number(degrees.Mean, 1)} ± {Units.Number(degrees.StandardDeviation, 1)}";
}
