using System.Text.Json.Nodes;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>What the run record tells of a learned block.</summary>
internal static class BesaReport
{
    public static JsonObject Create(
        TransformerBlock block, IReadOnlyList<BesaLayer> layers, IReadOnlyList<float[]> sparsities, IReadOnlyList<BesaStep> steps) => new()
        {
            ["index"] = block.Index,
            ["sparsity"] = (double)layers.Sum(CountZeros) / layers.Sum(layer => layer.Elements),
            ["losses"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Loss)]),
            ["reconstructions"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Reconstruction)]),
            ["meanAlphas"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Sparsity)]),
            ["distances"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Distance)]),
            ["layers"] = new JsonArray([.. layers.Zip(sparsities, (layer, own) => Create(layer, own))]),
        };

    private static JsonNode Create(BesaLayer layer, float[] sparsities) => new JsonObject
    {
        ["name"] = layer.Linear.Name,
        ["alpha"] = sparsities.Average(value => (double)value),
        ["smallestAlpha"] = (double)sparsities.Min(),
        ["largestAlpha"] = (double)sparsities.Max(),
        ["sparsity"] = (double)CountZeros(layer) / layer.Elements,
    };

    private static long CountZeros(BesaLayer layer) => layer.PrunedCounts.Sum(count => (long)count);
}
