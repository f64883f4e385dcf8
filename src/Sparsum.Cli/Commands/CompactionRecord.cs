using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Pruning.Compaction;
using Sparsum.Pruning.Measures;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary>The result of a compaction as fields of a document, and for people.</summary>
internal static class CompactionRecord
{
    public static JsonObject Create(CompactionResult result, string output) => new()
    {
        ["output"] = output,
        ["sparsity"] = result.SparsityAfter,
        ["sparsityBefore"] = result.SparsityBefore,
        ["sparsities"] = new JsonObject
        {
            [JsonText.NameOf(SparsityScope.Regularised)] = Create(
                result.RegularisedSparsityAfter, result.RegularisedSparsityBefore, result.RegularisedElements),
            [JsonText.NameOf(SparsityScope.PlusOutput)] = Create(result.SparsityAfter, result.SparsityBefore, result.DenseElements),
        },
        ["denseElements"] = result.DenseElements,
        ["nonZeros"] = result.NonZerosAfter,
        ["nonZerosBefore"] = result.NonZerosBefore,
        ["parameters"] = result.ParametersAfter,
        ["parametersBefore"] = result.ParametersBefore,
        ["bytes"] = result.BytesAfter,
        ["bytesBefore"] = result.BytesBefore,
        ["remarks"] = JsonText.Array(result.Remarks, remark => remark),
        ["blocks"] = JsonText.Array(result.Blocks, block => new JsonObject
        {
            ["index"] = block.Index,
            ["name"] = block.Name,
            ["before"] = Create(block.Before),
            ["after"] = Create(block.After),
            ["deadHeads"] = block.DeadHeads,
            ["deadNeurons"] = block.DeadNeurons,
            ["deadInputs"] = block.DeadInputs,
            ["deadOutputs"] = block.DeadOutputs,
            ["sparseMatrices"] = block.SparseMatrices,
        }),
    };

    public static void Render(IAnsiConsole console, CompactionResult result, string output)
    {
        console.WriteFacts([("output", output), .. Facts(result)]);
        var table = Tables.Create("block", ">heads", ">neurons", ">dead in + out", ">parameters", ">bytes", ">sparse");
        foreach (var block in result.Blocks)
        {
            table.AddPlainRow(
                block.Name,
                Change($"{block.Before.Heads}", $"{block.After.Heads}"),
                Change($"{block.Before.Neurons}", $"{block.After.Neurons}"),
                $"{block.DeadInputs} + {block.DeadOutputs}",
                Units.Count(block.After.Parameters),
                Change(Units.Bytes(block.Before.Bytes), Units.Bytes(block.After.Bytes)),
                $"{block.SparseMatrices}");
        }

        console.Write(table);
    }

    /// <summary>What came out, as pairs of name and value.</summary>
    public static IReadOnlyList<(string Name, string? Value)> Facts(CompactionResult result) =>
    [
        ("parameters", Change(Units.Count(result.ParametersBefore), Units.Count(result.ParametersAfter))),
        ("bytes", Change(Units.Bytes(result.BytesBefore), Units.Bytes(result.BytesAfter))),
        ("sparsity", $"{Units.Percent(result.SparsityAfter)} of {Units.Count(result.DenseElements)} weights in the blocks of the dense model, "
            + $"{Units.Percent(result.RegularisedSparsityAfter)} of those in query, key, value and MLP"),
        ("no effect", result.NonZerosBefore == result.NonZerosAfter
            ? null
            : $"{Units.Count(result.NonZerosBefore - result.NonZerosAfter)} nonzeros of dead heads and neurons are gone too"),
    ];

    private static JsonObject Create(double sparsity, double before, long dense) => new()
    {
        ["sparsity"] = sparsity,
        ["sparsityBefore"] = before,
        ["dense"] = dense,
    };

    private static string Change(string before, string after) => before == after ? before : $"{before} → {after}";

    private static JsonObject Create(BlockSize size) => new()
    {
        ["heads"] = size.Heads,
        ["neurons"] = size.Neurons,
        ["parameters"] = size.Parameters,
        ["bytes"] = size.Bytes,
    };
}
