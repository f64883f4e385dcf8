using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Windows of one length that a search judges on: what the dense model says on them, and the states that enter each block of the parent, from
/// which offspring start at the first block in which they differ.
/// </summary>
internal sealed class WindowSet : IDisposable
{
    private readonly CausalLanguageModel model;
    private readonly Computation computation;
    private readonly CalibrationSet windows;
    private readonly ForwardPass pass;
    private readonly Tensor embedded;
    private DenseOutputs? dense;
    private Tensor[]? entering;

    /// <summary>Prepares windows; the embeddings must be loaded.</summary>
    public WindowSet(CausalLanguageModel model, Computation computation, CalibrationSet windows)
    {
        this.model = model;
        this.computation = computation;
        this.windows = windows;
        var batch = new TokenBatch([.. windows.Sequences.SelectMany(ids => ids)], windows.Samples);
        pass = model.BeginPass(computation, batch);
        using var hidden = model.Embed(pass, batch);
        embedded = hidden.Clone();
        States = embedded.Clone();
    }

    /// <summary>What the dense model has between two blocks while it runs; gone once it has.</summary>
    private Tensor? States { get; set; }

    /// <summary>Runs the dense model through one more block.</summary>
    public void RunDense(TransformerBlock block)
    {
        using var result = block.Forward(pass, States!);
        result.CopyTo(States!);
    }

    /// <summary>Takes what the dense model says, behind its last block; the head must be loaded.</summary>
    public void FinishDense(CancellationToken cancellationToken)
    {
        dense = new DenseOutputs(model, computation, windows, States!, cancellationToken);
        States!.Dispose();
        States = null;
    }

    /// <summary>Keeps what enters each block of the parent behind <paramref name="first"/>, before which nothing has changed.</summary>
    public void Follow(LevelModel parent, int first, CancellationToken cancellationToken) => RunParent(parent, first, cancellationToken).Dispose();

    /// <summary>The same for all blocks, and the parent's divergence.</summary>
    public double FollowAndMeasure(LevelModel parent, CancellationToken cancellationToken)
    {
        using var last = RunParent(parent, 0, cancellationToken);
        return dense!.DivergenceOf(last, cancellationToken);
    }

    /// <summary>Adds to the products of the derivative of a model's divergence with its parts at each of their levels.</summary>
    /// <param name="pruned">The model; it becomes the parent of this set.</param>
    /// <param name="products">For each part and level, from the densest on.</param>
    /// <param name="cancellationToken">Ends the work between blocks.</param>
    public void Differentiate(LevelModel pruned, double[][] products, CancellationToken cancellationToken)
    {
        using var leaving = Tensor.Allocate(embedded.Shape);
        using var entered = Tensor.Allocate(embedded.Shape);
        using (var last = RunParent(pruned, 0, cancellationToken))
        {
            dense!.Differentiate(last, leaving, cancellationToken);
        }

        foreach (var block in model.Blocks.Reverse())
        {
            cancellationToken.ThrowIfCancellationRequested();
            pruned.Differentiate(pass, block, entering![block.Index], leaving, entered, products, cancellationToken);
            entered.CopyTo(leaving);
        }
    }

    private Tensor RunParent(LevelModel parent, int first, CancellationToken cancellationToken)
    {
        entering ??= [embedded, .. Enumerable.Range(1, model.Blocks.Count - 1).Select(_ => Tensor.Allocate(embedded.Shape))];
        return parent.Run(pass, first, entering[first], Keep, cancellationToken);

        void Keep(int block, Tensor states)
        {
            if (block + 1 < entering.Length)
            {
                states.CopyTo(entering[block + 1]);
            }
        }
    }

    /// <summary>The divergence of a model that equals the parent before a block.</summary>
    public double Run(LevelModel pruned, int first, CancellationToken cancellationToken)
    {
        using var last = pruned.Run(pass, first, entering![first], null, cancellationToken);
        return dense!.DivergenceOf(last, cancellationToken);
    }

    /// <summary>The divergence of a model that equals nothing that ran before.</summary>
    public double RunAlone(LevelModel pruned, CancellationToken cancellationToken)
    {
        using var last = pruned.Run(pass, 0, embedded, null, cancellationToken);
        return dense!.DivergenceOf(last, cancellationToken);
    }

    /// <summary>Gives up the parent's states.</summary>
    public void Forget()
    {
        foreach (var states in entering?.Skip(1) ?? [])
        {
            states.Dispose();
        }

        entering = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        embedded.Dispose();
        States?.Dispose();
        dense?.Dispose();
    }

    /// <summary>
    /// Cuts sequences into windows: the survivors' set first, then as many sets for first judgements as there is text for, at least one.
    /// What the survivors are judged on is used for first judgements only where there is nothing else.
    /// </summary>
    public static (CalibrationSet Survivors, IReadOnlyList<CalibrationSet> First) Cut(CalibrationSet sequences, SearchOptions options)
    {
        int length = Math.Min(options.Window, sequences.Sequences.Min(sequence => sequence.Length));
        int each = sequences.Sequences.Min(sequence => sequence.Length) / length;

        // Across sequences first, so that a set has as many texts as it can.
        var windows = Enumerable.Range(0, each)
            .SelectMany(place => sequences.Sequences.Select(sequence => sequence[(place * length)..((place + 1) * length)]))
            .ToList();
        int count = Math.Min(options.SurvivorWindows, windows.Count);
        var rest = windows.Count - count >= options.Windows ? windows[count..] : windows;
        return (
            Of([.. windows.Take(count)]),
            [.. rest.Chunk(options.Windows).Where((chunk, i) => i == 0 || chunk.Length == options.Windows).Select(chunk => Of(chunk))]);

        CalibrationSet Of(int[][] ids) => new(ids, sequences.Provenance with { IdsSha256 = CalibrationSet.Hash(ids), Samples = ids.Length });
    }
}
