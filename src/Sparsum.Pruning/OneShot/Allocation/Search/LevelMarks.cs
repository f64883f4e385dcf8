using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Levels of a method that leaves weights as they are or zero: one byte a weight, the lowest level at which it is pruned. So a layer is put to
/// another level by one comparison a weight, whatever the mask rule was.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="blocks">The blocks.</param>
/// <param name="saliency">Scores the weights.</param>
/// <param name="masks">Which weights compete.</param>
/// <param name="threads">Most threads to use.</param>
internal sealed class LevelMarks(string path, IReadOnlyList<TransformerBlock> blocks, ISaliency saliency, MaskOptions masks, int threads) : ILevelStore
{
    private const byte Never = byte.MaxValue;

    private readonly LevelFile file = new(path);
    private readonly long[][] starts = StartsOf(blocks);
    private readonly byte[] buffer = new byte[blocks.Max(block => block.Linears.Max(BlockSizes.Of))];

    /// <summary>Bytes on disk.</summary>
    public static long Bytes(IEnumerable<TransformerBlock> blocks) => blocks.Sum(block => block.Linears.Sum(BlockSizes.Of));

    /// <inheritdoc/>
    public StatisticKinds Needs => saliency.Needs;

    /// <inheritdoc/>
    public void Write(TransformerBlock block, int place, IReadOnlyList<LayerTarget> targets, LayerStatistics? statistics)
    {
        var layer = block.Linears[place];
        var weight = layer.Weight.Value;
        byte[] marks = buffer;
        Array.Fill(marks, Never);
        if (statistics is not { IsUnseen: true })
        {
            var scores = new LayerScores(layer.Name, layer.OutputSize, layer.InputSize, saliency.Prepare(weight, statistics), threads);
            foreach (var (level, target) in targets.Index().Where(entry => entry.Item.Ratio > 0))
            {
                MaskRules.For(masks.Granularity, target, masks.BlockRows).Select(scores, target.Ratio, (row, pruned) =>
                {
                    var own = marks.AsSpan(row * pruned.Length, pruned.Length);
                    for (int c = 0; c < own.Length; c++)
                    {
                        if (pruned[c] && own[c] == Never)
                        {
                            own[c] = (byte)level;
                        }
                    }
                });
            }
        }

        file.Write(marks.AsSpan(0, (int)weight.Length), starts[block.Index][place]);
    }

    /// <inheritdoc/>
    public void Apply(TransformerBlock block, int place, int level)
    {
        var weight = block.Linears[place].Weight.Value;
        var marks = buffer.AsSpan(0, (int)weight.Length);
        file.Read(marks, starts[block.Index][place]);
        for (int row = 0; row < weight.RowCount; row++)
        {
            var values = weight.Row(row);
            var own = marks.Slice(row * values.Length, values.Length);
            for (int c = 0; c < values.Length; c++)
            {
                values[c] = own[c] <= level ? 0 : values[c];
            }
        }
    }

    /// <inheritdoc/>
    public double[] Products(TransformerBlock block, int place, Tensor gradient, int levels)
    {
        var weight = block.Linears[place].Weight.Value;
        var marks = buffer.AsSpan(0, (int)weight.Length);
        file.Read(marks, starts[block.Index][place]);
        double[] byMark = new double[byte.MaxValue + 1];
        var values = weight.Span;
        var slopes = gradient.Span;
        for (int i = 0; i < marks.Length; i++)
        {
            byMark[marks[i]] += (double)values[i] * slopes[i];
        }

        // A level has what only later levels prune.
        double[] products = new double[levels];
        double kept = byMark[levels..].Sum();
        for (int level = levels - 1; level >= 0; level--)
        {
            products[level] = kept;
            kept += byMark[level];
        }

        return products;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static long[][] StartsOf(IReadOnlyList<TransformerBlock> blocks)
    {
        long next = 0;
        return [.. blocks.Select(block => block.Linears.Select(layer =>
        {
            long start = next;
            next += BlockSizes.Of(layer);
            return start;
        }).ToArray())];
    }
}
