using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Planning;

/// <summary>How many weights each block has, and means over blocks that heed it.</summary>
internal static class BlockSizes
{
    /// <summary>Weights in the linear layers of every block.</summary>
    public static long[] Of(ITransformer model) => [.. model.Blocks.Select(block => block.Linears.Sum(Of))];

    /// <summary>Weights of a layer.</summary>
    public static long Of(Linear layer) => (long)layer.OutputSize * layer.InputSize;

    /// <summary>The mean of one value per block over all weights.</summary>
    public static double Mean(IReadOnlyList<double> values, IReadOnlyList<long> sizes) =>
        values.Zip(sizes, (value, size) => value * size).Sum() / sizes.Sum();
}
