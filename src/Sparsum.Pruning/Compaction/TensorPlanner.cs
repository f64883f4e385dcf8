using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Compaction;

/// <summary>Lists the tensors of the output before any is written.</summary>
internal static class TensorPlanner
{
    /// <summary>The tensors outside the blocks, which are taken over.</summary>
    public static IReadOnlyList<PlannedTensor> Others(PretrainedModel pretrained)
    {
        var inBlocks = pretrained.Model.Blocks.SelectMany(block => block.Parameters).Select(pretrained.StoredName).ToHashSet();
        return [.. pretrained.Checkpoint.Tensors.Values.Where(info => !inBlocks.Contains(info.Name)).OrderBy(info => info.Name, StringComparer.Ordinal).Select(info => new PlannedTensor(info, null, true))];
    }

    /// <summary>The tensors of a block that was cut.</summary>
    /// <param name="pretrained">The model, its blocks at their new sizes.</param>
    /// <param name="block">The block.</param>
    /// <param name="plan">What was done to it.</param>
    /// <param name="isCompact">Whether matrices may be stored sparse.</param>
    /// <exception cref="InvalidInputException">A matrix is stored in a type that cannot be written.</exception>
    public static IReadOnlyList<PlannedTensor> OfBlock(PretrainedModel pretrained, TransformerBlock block, BlockPlan plan, bool isCompact)
    {
        var linears = block.Linears.SelectMany(linear => linear.Parameters).ToHashSet();
        var nonZeros = block.Linears.Zip(plan.NonZeros).ToDictionary(item => item.First.Weight, item => item.Second);
        var shifted = Shifted(block, plan);
        var tensors = new List<PlannedTensor>();
        foreach (string name in block.Parameters.Select(pretrained.StoredName).Distinct())
        {
            var readers = pretrained.Readers(name);
            var source = pretrained.Checkpoint.Tensors[name];
            if (!readers.Any(linears.Contains))
            {
                tensors.Add(new PlannedTensor(source, null, true));
                continue;
            }

            RequireFloat(source);
            var info = source with { Shape = pretrained.StoredShape(name) };
            if (readers.Any(shifted.Contains) && info.DataType is TensorDataType.F16 or TensorDataType.BF16)
            {
                // Rounded to 8 bits, a constant that was folded in would no longer be the one that was removed.
                info = info with { DataType = TensorDataType.F32 };
            }

            bool isMatrix = readers.All(nonZeros.ContainsKey);
            var sparse = isCompact && isMatrix ? SparseStorage.Choose(info, readers.Sum(reader => nonZeros[reader])) : null;
            tensors.Add(new PlannedTensor(info, sparse, false));
        }

        return tensors;
    }

    private static HashSet<Parameter> Shifted(TransformerBlock block, BlockPlan plan) =>
    [
        .. block.Attentions.Zip(plan.Attentions)
            .Select(item => (item.First.Output, item.Second))
            .Concat(block.FeedForwards.Zip(plan.FeedForwards).Select(item => (item.First.Down, item.Second)))
            .Where(item => item.Item2.Shift is not null)
            .Select(item => item.Item1.Bias!),
    ];

    private static void RequireFloat(TensorInfo tensor)
    {
        if (tensor.DataType is not (TensorDataType.F64 or TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16))
        {
            throw new InvalidInputException("unsupported-type", $"'{tensor.Name}' is stored in a type that cannot be compacted.")
            {
                File = tensor.Name,
                Found = tensor.DataType.ToString(),
                Expected = "F32, F16, BF16 or F64",
                Hint = "Compact the model before it is quantised.",
            };
        }
    }
}

/// <summary>Decides which matrices of a compact model are stored sparse.</summary>
internal static class SparseStorage
{
    /// <summary>
    /// Largest share of its dense bytes that a sparse matrix may take. A file that is hardly smaller is not worth being read by fewer
    /// programs. With one bit per element and 4 bytes per value it is met up to a density of 0.72, with 2 bytes up to 0.69.
    /// </summary>
    public const double LargestShare = 0.75;

    /// <summary>The sparse layout of a matrix; null where it stays dense.</summary>
    /// <param name="matrix">The matrix as it would be stored dense.</param>
    /// <param name="nonZeros">Its nonzeros.</param>
    public static BitmaskLayout? Choose(TensorInfo matrix, long nonZeros)
    {
        if (matrix.Shape.Count != 2 || matrix.ElementCount > int.MaxValue)
        {
            return null;
        }

        var layout = new BitmaskLayout(matrix.Name, matrix.DataType, matrix.Shape[0], matrix.Shape[1], (int)nonZeros);
        return layout.ByteCount <= LargestShare * matrix.ByteCount ? layout : null;
    }
}
