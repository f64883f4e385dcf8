using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Every layer at every level, on disk: one byte a weight, the lowest level at which it is pruned. So a layer is put to another level by one
/// comparison a weight, whatever the mask rule was.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="blocks">The blocks.</param>
internal sealed class LevelMarks(string path, IReadOnlyList<TransformerBlock> blocks) : IDisposable
{
    private const byte Never = byte.MaxValue;

    private readonly FileStream file = Open(path);
    private readonly long[][] starts = StartsOf(blocks);
    private readonly byte[] buffer = new byte[blocks.Max(block => block.Linears.Max(BlockSizes.Of))];

    /// <summary>Bytes on disk.</summary>
    public static long Bytes(IEnumerable<TransformerBlock> blocks) => blocks.Sum(block => block.Linears.Sum(BlockSizes.Of));

    /// <summary>Marks a layer's weights, scored on what the dense model gave.</summary>
    /// <param name="block">The block.</param>
    /// <param name="place">The layer's place in it; its weight is loaded.</param>
    /// <param name="targets">What the layer becomes at each of its levels, the densest first.</param>
    /// <param name="saliency">Scores the weights.</param>
    /// <param name="statistics">What was seen of the layer's inputs.</param>
    /// <param name="masks">Which weights compete.</param>
    /// <param name="threads">Most threads to use.</param>
    public void Write(
        TransformerBlock block,
        int place,
        IReadOnlyList<LayerTarget> targets,
        ISaliency saliency,
        LayerStatistics? statistics,
        MaskOptions masks,
        int threads)
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

        RandomAccess.Write(file.SafeFileHandle, marks.AsSpan(0, (int)weight.Length), starts[block.Index][place]);
    }

    /// <summary>Zeroes the weights of a loaded dense layer that are pruned at a level, counted from its densest.</summary>
    public void Apply(TransformerBlock block, int place, int level)
    {
        var weight = block.Linears[place].Weight.Value;
        var marks = buffer.AsSpan(0, (int)weight.Length);
        if (RandomAccess.Read(file.SafeFileHandle, marks, starts[block.Index][place]) != marks.Length)
        {
            throw new RunFailedException("unreadable-state", "What the search keeps on disk cannot be read back.") { Found = path };
        }

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
    public void Dispose() => file.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }

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
