using System.Numerics.Tensors;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// The whole model in memory, each part at some level and stored without its zeros. A part that changes its level is read again from the
/// checkpoint and put to it.
/// </summary>
internal sealed class LevelModel : IDisposable
{
    private readonly AllocationContext context;
    private readonly LevelGrid grid;
    private readonly ILevelStore store;
    private readonly int[] levels;
    private readonly IReadOnlyList<TransformerBlock> blocks;
    private readonly LoadedParameters others;

    /// <summary>Loads it.</summary>
    /// <param name="context">The model.</param>
    /// <param name="grid">The parts.</param>
    /// <param name="store">What layers are at each level.</param>
    /// <param name="levels">The level of each part to begin with.</param>
    /// <param name="cancellationToken">Ends the work between parts.</param>
    public LevelModel(AllocationContext context, LevelGrid grid, ILevelStore store, IReadOnlyList<int> levels, CancellationToken cancellationToken)
    {
        this.context = context;
        this.grid = grid;
        this.store = store;
        this.levels = [.. levels];
        blocks = context.Pretrained.Model.Blocks;
        var weights = blocks.SelectMany(block => block.Linears).Select(layer => layer.Weight).ToHashSet();
        others = new LoadedParameters(
            context.Pretrained,
            blocks.SelectMany(block => block.Parameters).Where(parameter => !weights.Contains(parameter)).Concat(context.Pretrained.LanguageModel.HeadParameters),
            cancellationToken);
        for (int part = 0; part < levels.Count; part++)
        {
            Put(part, cancellationToken);
        }

        // Every offspring is multiplied with it, a window at a time.
        context.Pretrained.LanguageModel.Head.Pack(context.Backend, StorageType.Float32, releaseWeight: false);
    }

    /// <summary>Puts every part to a level.</summary>
    /// <returns>The index of the first block that changed; the number of blocks where none did.</returns>
    public int MoveTo(IReadOnlyList<int> wanted, CancellationToken cancellationToken)
    {
        int first = blocks.Count;
        for (int part = 0; part < levels.Length; part++)
        {
            if (levels[part] != wanted[part])
            {
                levels[part] = wanted[part];
                Put(part, cancellationToken);
                first = Math.Min(first, grid.Parts[part].Block);
            }
        }

        return first;
    }

    /// <summary>Runs a window set from a block on.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="first">Index of the first block to run.</param>
    /// <param name="input">What enters it; it stays the caller's.</param>
    /// <param name="receive">Sees what leaves each block, with the block's index.</param>
    /// <param name="cancellationToken">Ends the work between blocks.</param>
    /// <returns>What leaves the last block, the caller's to dispose of.</returns>
    public Tensor Run(ForwardPass pass, int first, Tensor input, Action<int, Tensor>? receive, CancellationToken cancellationToken)
    {
        var hidden = pass.Computation.Copy(input);
        foreach (var block in blocks.Skip(first))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var entered = hidden;
            hidden = block.Forward(pass, entered);
            receive?.Invoke(block.Index, hidden);
        }

        return hidden;
    }

    /// <summary>
    /// Goes back through a block, whose weights are whole meanwhile: the product of the derivative with each of its layers at each level is added to
    /// that of its part.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <param name="block">The block.</param>
    /// <param name="input">What enters it.</param>
    /// <param name="leaving">The derivative by what leaves it.</param>
    /// <param name="entering">Takes the derivative by what enters it.</param>
    /// <param name="products">For each part and level, from the densest on.</param>
    /// <param name="cancellationToken">Ends the work between parts.</param>
    public void Differentiate(
        ForwardPass pass, TransformerBlock block, Tensor input, Tensor leaving, Tensor entering, double[][] products, CancellationToken cancellationToken)
    {
        var parts = grid.Parts.Index().Where(part => part.Item.Block == block.Index).Select(part => part.Index).ToList();
        foreach (int part in parts)
        {
            Load(part, cancellationToken);
            foreach (var layer in LayersOf(part))
            {
                layer.Unpack();
            }
        }

        using var gradients = new GradientsOf(block.Linears);
        using (var tape = pass.Computation.Record(isTraining: false))
        {
            entering.Clear();
            tape.Watch(input, entering);
            foreach (var (layer, gradient) in gradients.All)
            {
                tape.Watch(layer.Weight.Value, gradient);
            }

            using var output = block.Forward(pass, input);
            tape.Seed(output, leaving);
            tape.Backward();
        }

        foreach (int part in parts)
        {
            foreach (int place in grid.Parts[part].Places)
            {
                // What is loaded is not read again, and here are the levels: the dense weights are read anew.
                var layer = block.Linears[place];
                layer.Weight.Release();
                context.Pretrained.Load([layer.Weight], cancellationToken);
                double[] found = store.Products(block, place, gradients.All[layer], products[part].Length);
                TensorPrimitives.Add(products[part], found, products[part]);
                layer.Weight.Release();
            }

            Put(part, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        context.Pretrained.LanguageModel.Head.Unpack();
        others.Dispose();
        foreach (var layer in blocks.SelectMany(block => block.Linears))
        {
            layer.Unpack();
            layer.Weight.Release();
        }
    }

    private IEnumerable<Linear> LayersOf(int part) => grid.Parts[part].Places.Select(place => blocks[grid.Parts[part].Block].Linears[place]);

    private void Put(int part, CancellationToken cancellationToken)
    {
        Load(part, cancellationToken);
        foreach (var layer in LayersOf(part))
        {
            layer.Pack(context.Backend, StorageType.Sparse, releaseWeight: true);
        }
    }

    /// <summary>Reads a part and puts it to its level.</summary>
    private void Load(int part, CancellationToken cancellationToken)
    {
        context.Pretrained.Load(LayersOf(part).Select(layer => layer.Weight), cancellationToken);
        foreach (int place in grid.Parts[part].Places)
        {
            store.Apply(blocks[grid.Parts[part].Block], place, levels[part] - grid.Least(part));
        }
    }

    /// <summary>Room for the derivatives by the weights of some layers.</summary>
    private sealed class GradientsOf(IEnumerable<Linear> layers) : IDisposable
    {
        public IReadOnlyDictionary<Linear, Tensor> All { get; } = layers.ToDictionary(layer => layer, layer => Tensor.Zeros(layer.Weight.Shape));

        public void Dispose()
        {
            foreach (var gradient in All.Values)
            {
                gradient.Dispose();
            }
        }
    }
}
