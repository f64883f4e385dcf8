using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>Every layer at every level, on disk.</summary>
internal interface ILevelStore : IDisposable
{
    /// <summary>What must be known of a layer's inputs.</summary>
    StatisticKinds Needs { get; }

    /// <summary>Keeps the levels of a layer, by what the dense model gave it. It is dense afterwards.</summary>
    /// <param name="block">The block.</param>
    /// <param name="place">The layer's place in it; its weight is loaded.</param>
    /// <param name="targets">What the layer becomes at each of its levels, the densest first.</param>
    /// <param name="statistics">What was seen of the layer's inputs. A layer that saw none is dense at all levels.</param>
    /// <exception cref="RunFailedException">The file cannot be written, or the layer cannot be pruned.</exception>
    void Write(TransformerBlock block, int place, IReadOnlyList<LayerTarget> targets, LayerStatistics? statistics);

    /// <summary>Makes of a loaded dense layer what it is at a level, counted from its densest.</summary>
    /// <exception cref="RunFailedException">What was written cannot be read back.</exception>
    void Apply(TransformerBlock block, int place, int level);

    /// <summary>The product of a gradient with what a loaded dense layer is at each level, from its densest on.</summary>
    /// <param name="block">The block.</param>
    /// <param name="place">The layer's place in it; its weight is loaded, and may be changed.</param>
    /// <param name="gradient">The derivative by the weight.</param>
    /// <param name="levels">How many levels there are.</param>
    /// <exception cref="RunFailedException">What was written cannot be read back.</exception>
    double[] Products(TransformerBlock block, int place, Tensor gradient, int levels);
}
