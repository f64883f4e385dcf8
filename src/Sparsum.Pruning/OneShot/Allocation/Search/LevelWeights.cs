using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Levels of a method that changes the weights that it keeps: each layer as the method leaves it at each level, given what the dense model saw.
/// Of every row there is a bit for each weight, and those that are not zero in bfloat16.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="blocks">The blocks.</param>
/// <param name="pruner">Prunes.</param>
/// <param name="backend">What computes.</param>
internal sealed class LevelWeights(string path, IReadOnlyList<TransformerBlock> blocks, ILayerPruner pruner, IBackend backend) : ILevelStore
{
    private readonly LevelFile file = new(path);
    private readonly Dictionary<(int Block, int Place, int Level), (long Start, int Length)> places = [];
    private readonly byte[] buffer = new byte[MostBytes(blocks)];
    private long end;

    /// <summary>Bytes of a layer's levels on disk.</summary>
    /// <param name="weights">How many weights it has.</param>
    /// <param name="ratios">The ratio of each level.</param>
    public static long Bytes(long weights, IEnumerable<double> ratios) =>
        (long)ratios.Sum(ratio => weights * ((1.0 / 8) + ((1 - ratio) * sizeof(ushort))));

    /// <summary>Bytes of the largest layer at a level that prunes nothing.</summary>
    public static int MostBytes(IReadOnlyList<TransformerBlock> blocks) => blocks.Max(block => block.Linears.Max(
        layer => checked((BitsOf(layer.InputSize) + (layer.InputSize * sizeof(ushort))) * layer.OutputSize)));

    /// <inheritdoc/>
    public StatisticKinds Needs => pruner.Needs;

    /// <inheritdoc/>
    public void Write(TransformerBlock block, int place, IReadOnlyList<LayerTarget> targets, LayerStatistics? statistics)
    {
        if (statistics is { IsUnseen: true })
        {
            return;
        }

        var layer = block.Linears[place];
        var (weight, grid) = (layer.Weight.Value, layer.Weight.Grid);
        float[] dense = weight.ToArray();
        foreach (var (level, target) in targets.Index().Where(entry => entry.Item.Ratio > 0))
        {
            pruner.Prune(block, layer, statistics, target, backend);
            int length = Pack(weight);
            file.Write(buffer.AsSpan(0, length), end);
            places[(block.Index, place, level)] = (end, length);
            end += length;
            dense.CopyTo(weight.Span);
            layer.Weight.Grid = grid;
        }
    }

    /// <inheritdoc/>
    public void Apply(TransformerBlock block, int place, int level)
    {
        if (!places.TryGetValue((block.Index, place, level), out var stored))
        {
            return;
        }

        var weight = block.Linears[place].Weight.Value;
        var bytes = buffer.AsSpan(0, stored.Length);
        file.Read(bytes, stored.Start);
        Span<ushort> kept = new ushort[weight.Columns];
        Span<float> values = new float[weight.Columns];
        for (int row = 0; row < weight.RowCount; row++)
        {
            var bits = bytes[..BitsOf(weight.Columns)];
            int count = 0;
            foreach (byte eight in bits)
            {
                count += int.PopCount(eight);
            }

            bytes.Slice(bits.Length, count * sizeof(ushort)).CopyTo(MemoryMarshal.AsBytes(kept));
            HalfPrecision.WidenBFloat16(kept[..count], values[..count]);
            var target = weight.Row(row);
            for (int c = 0, next = 0; c < target.Length; c++)
            {
                target[c] = (bits[c / 8] & (1 << (c % 8))) == 0 ? 0 : values[next++];
            }

            bytes = bytes[(bits.Length + (count * sizeof(ushort)))..];
        }
    }

    /// <inheritdoc/>
    public double[] Products(TransformerBlock block, int place, Tensor gradient, int levels)
    {
        var weight = block.Linears[place].Weight.Value;
        double[] products = new double[levels];
        for (int level = 0; level < levels; level++)
        {
            Apply(block, place, level);
            for (int row = 0; row < weight.RowCount; row++)
            {
                products[level] += TensorPrimitives.Dot<float>(weight.Row(row), gradient.Row(row));
            }
        }

        return products;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static int BitsOf(int columns) => (columns + 7) / 8;

    /// <summary>Fills the buffer with a layer's rows and returns its length.</summary>
    private int Pack(Tensor weight)
    {
        var bytes = buffer.AsSpan();
        Span<float> kept = new float[weight.Columns];
        Span<ushort> narrow = new ushort[weight.Columns];
        for (int row = 0; row < weight.RowCount; row++)
        {
            var bits = bytes[..BitsOf(weight.Columns)];
            bits.Clear();
            var values = weight.Row(row);
            int count = 0;
            for (int c = 0; c < values.Length; c++)
            {
                if (values[c] != 0)
                {
                    bits[c / 8] |= (byte)(1 << (c % 8));
                    kept[count++] = values[c];
                }
            }

            HalfPrecision.NarrowToBFloat16(kept[..count], narrow[..count]);
            MemoryMarshal.AsBytes(narrow[..count]).CopyTo(bytes[bits.Length..]);
            bytes = bytes[(bits.Length + (count * sizeof(ushort)))..];
        }

        return buffer.Length - bytes.Length;
    }
}
