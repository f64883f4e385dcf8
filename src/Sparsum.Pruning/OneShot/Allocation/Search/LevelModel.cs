using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

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

    private void Put(int part, CancellationToken cancellationToken)
    {
        var (index, places, _) = grid.Parts[part];
        var block = blocks[index];
        context.Pretrained.Load(places.Select(place => block.Linears[place].Weight), cancellationToken);
        foreach (int place in places)
        {
            store.Apply(block, place, levels[part] - grid.Least(part));
            block.Linears[place].Pack(context.Backend, StorageType.Sparse, releaseWeight: true);
        }
    }
}
