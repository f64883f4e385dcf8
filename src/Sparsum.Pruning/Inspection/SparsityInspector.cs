using System.Text.Json.Nodes;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Inspection;

/// <summary>Counts zeros and degrees of a model folder, with one layer in memory at a time.</summary>
public static class SparsityInspector
{
    /// <summary>The magnitude below which the paper counts a weight as zero.</summary>
    public const double DefaultEpsilon = 1e-4;

    /// <summary>Inspects every linear layer of every block.</summary>
    /// <param name="pretrained">The opened model; layers that are not loaded are read and released again.</param>
    /// <param name="epsilon">Magnitude below which a weight is near zero.</param>
    /// <param name="progress">Told each layer's name before it is read.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static SparsityInspection Inspect(
        PretrainedModel pretrained,
        double epsilon = DefaultEpsilon,
        IProgress<string>? progress = null,
        CancellationToken cancellationToken = default)
    {
        // With one stack its blocks are numbered from 0, whatever it is called.
        int encoderBlocks = pretrained.Model.Blocks.TakeWhile(block => block.Attentions.Count == 1).Count();
        int firstDecoderBlock = encoderBlocks == pretrained.Model.Blocks.Count ? 0 : encoderBlocks;
        var history = EliminationHistory.Read(JsonObject.Create(pretrained.Config)!);
        var layers = new Dictionary<Linear, LayerInspection>();
        var blocks = new List<BlockInspection>();
        foreach (var block in pretrained.Model.Blocks)
        {
            var heads = new Dictionary<AttentionLayer, HeadInspection>();
            foreach (var linear in block.Linears)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(linear.Name);
                bool wasLoaded = linear.Weight.IsLoaded;
                pretrained.Load(linear.Weight);
                try
                {
                    layers.Add(linear, LayerInspector.Inspect(linear, (float)epsilon));
                    foreach (var attention in block.Attentions.Where(attention => attention.Output == linear))
                    {
                        heads.Add(attention, Heads(block, attention, firstDecoderBlock, history));
                    }
                }
                finally
                {
                    if (!wasLoaded)
                    {
                        linear.Weight.Release();
                    }
                }
            }

            blocks.Add(new BlockInspection(
                block.Index,
                block.Name,
                [.. block.Linears.Select(linear => layers[linear])],
                [.. block.Attentions.Select(attention => heads[attention])]));
        }

        var mlp = pretrained.Model.Blocks.SelectMany(block => block.FeedForward.Linears).Select(linear => layers[linear]).ToList();
        LayerInspection[] tracked =
        [
            .. pretrained.Model.Blocks
                .SelectMany(block => block.Attentions)
                .SelectMany(attention => new[] { attention.Query, attention.Key, attention.Value })
                .Select(linear => layers[linear]),
            .. mlp,
        ];
        return new SparsityInspection(
            blocks,
            epsilon,
            new PrunableSparsity(
                tracked.Sum(layer => layer.NearZeros), tracked.Sum(layer => layer.Removed), tracked.Sum(layer => layer.DenseElements)),
            new Connectivity([.. mlp.SelectMany(layer => layer.Connectivity.Percentages)]));
    }

    private static HeadInspection Heads(
        TransformerBlock block, AttentionLayer attention, int firstDecoderBlock, IReadOnlyList<PrunedModuleRecord> history)
    {
        string kind = attention == block.Attention ? "self" : "cross";
        var record = history.FirstOrDefault(module => module.Kind == kind
            && module.Layer + (module.Stack == "decoder" ? firstDecoderBlock : 0) == block.Index);
        return new HeadInspection(
            kind,
            attention.Output.Weight.DenseShape[1] / attention.HeadSize,
            attention.KeptHeads.Index().ToDictionary(item => item.Item, item => HeadImportance.Of(attention, item.Index)),
            record?.Removals ?? new Dictionary<int, RemovalImportance>());
    }
}
