using System.Runtime.InteropServices;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Runs batches through embeddings and single blocks, one part of the model in memory at a time. It holds no states of its own: whoever calls
/// gives the hidden states, so that several can be carried through one block. Blocks are given loaded, and so are the parameters that
/// they share.
/// </summary>
/// <remarks>
/// Processes of a group run neighbouring batches each and then hand round the hidden states, so that all of them have those of all batches, with the
/// bits that one process computes. A pass for an observer that cannot be summed is run whole by every process.
/// </remarks>
public sealed class BlockwiseForward
{
    private readonly TransformerModel model;
    private readonly Computation computation;
    private readonly IReadOnlyList<Place> places;
    private readonly int tokens;
    private readonly int targetTokens;
    private readonly ProcessGroup group;

    /// <summary>Takes the batches, in the order in which their rows lie.</summary>
    /// <param name="model">The model.</param>
    /// <param name="computation">The operations; it stays the caller's.</param>
    /// <param name="batches">The batches, with their targets if the model reads some.</param>
    /// <param name="group">The processes that share the work; null for this one alone.</param>
    public BlockwiseForward(TransformerModel model, Computation computation, IEnumerable<TokenBatch> batches, ProcessGroup? group = null)
    {
        this.group = group ?? ProcessGroup.Single;
        this.model = model;
        this.computation = computation;
        var all = new List<Place>();
        foreach (var batch in batches)
        {
            all.Add(new Place(batch, tokens, targetTokens));
            tokens = checked(tokens + batch.InputIds.Length);
            targetTokens = checked(targetTokens + (batch.Target?.InputIds.Length ?? 0));
        }

        places = all;
    }

    /// <summary>How far a run through all batches is: told before each batch, and when all are done.</summary>
    /// <param name="done">Tokens that are through.</param>
    /// <param name="total">All of them.</param>
    public delegate void Report(int done, int total);

    /// <summary>Room for the hidden states of all batches.</summary>
    public HiddenStates CreateStates() => new(tokens, model.HiddenSize, targetTokens);

    /// <summary>Fills the hidden states with what enters the first block of each stack; the embeddings must be loaded.</summary>
    public void Embed(HiddenStates states, Report? report, CancellationToken cancellationToken)
    {
        ForEach(
            ofTargets: false,
            isShared: false,
            place =>
            {
                Replace(place.Rows(states), model.Embed(Begin(place.Batch, null), place.Batch));
                if (place.Batch.Target is { } target)
                {
                    Replace(place.TargetRows(states), ((EncoderDecoderModel)model).EmbedTarget(Begin(target, null), target));
                }
            },
            report,
            cancellationToken);
        computation.Workspace.Trim();
    }

    /// <summary>Runs a block for the sake of its layers' inputs; the hidden states stay.</summary>
    public void Observe(TransformerBlock block, HiddenStates states, ILinearObserver observer, Report? report, CancellationToken cancellationToken)
    {
        Run(block, states, observer, block.Observe, report, cancellationToken);
        Sum(block, observer);
    }

    /// <summary>Replaces the hidden states by the block's outputs.</summary>
    public void Propagate(TransformerBlock block, HiddenStates states, ILinearObserver? observer, Report? report, CancellationToken cancellationToken)
    {
        Run(block, states, observer, (pass, rows) => Replace(rows, block.Forward(pass, rows)), report, cancellationToken);
        if (IsShared(observer))
        {
            HandRound(states, ofTargets: block.CrossAttention is not null);
        }

        Sum(block, observer);
    }

    /// <summary>Looks at the hidden states of each batch, with a pass over it.</summary>
    public void Visit(HiddenStates states, Action<ForwardPass, TokenBatch, Tensor> look, Report? report, CancellationToken cancellationToken) =>
        ForEach(ofTargets: false, isShared: false, place => look(Begin(place.Batch, null), place.Batch, place.Rows(states)), report, cancellationToken);

    private static void Replace(Tensor states, Tensor result)
    {
        result.CopyTo(states);
        result.Dispose();
    }

    private void Run(
        TransformerBlock block,
        HiddenStates states,
        ILinearObserver? observer,
        Action<ForwardPass, Tensor> step,
        Report? report,
        CancellationToken cancellationToken)
    {
        if (block.CrossAttention is null)
        {
            ForEach(
                ofTargets: false, IsShared(observer), place => step(Begin(place.Batch, observer), place.Rows(states)), report, cancellationToken, observer);
            return;
        }

        // By now the first stack's states are those that left its last block.
        var pair = (EncoderDecoderModel)model;
        ForEach(
            ofTargets: true,
            IsShared(observer),
            place =>
            {
                using var source = pair.FinishSource(Begin(place.Batch, null), place.Rows(states));
                var pass = Begin(place.Batch.Target!, observer) with { Source = new EncodedSource(source, place.Batch.Length, place.Batch.AttentionMask) };
                step(pass, place.TargetRows(states));
            },
            report,
            cancellationToken,
            observer);
    }

    private bool IsShared(ILinearObserver? observer) => group.HasOthers && observer is null or ISharedObserver;

    private void Sum(TransformerBlock block, ILinearObserver? observer)
    {
        if (group.HasOthers && observer is ISharedObserver shared)
        {
            shared.Sum(group, block.Linears);
        }
    }

    private void HandRound(HiddenStates states, bool ofTargets)
    {
        for (int rank = 0; rank < group.Size; rank++)
        {
            foreach (var place in places.Take(group.ShareOf(places.Count, rank)))
            {
                group.Broadcast(MemoryMarshal.AsBytes((ofTargets ? place.TargetRows(states) : place.Rows(states)).Span), rank);
            }
        }
    }

    private void ForEach(
        bool ofTargets, bool isShared, Action<Place> step, Report? report, CancellationToken cancellationToken, ILinearObserver? observer = null)
    {
        int total = ofTargets ? targetTokens : tokens;
        var (first, count) = (isShared ? group.ShareOf(places.Count) : Range.All).GetOffsetAndLength(places.Count);
        foreach (var (index, place) in places.Index())
        {
            if (index < first || index >= first + count)
            {
                // Who weighs sequences by their number counts those of other processes.
                observer?.BeginPass(ofTargets ? place.Batch.Target!.Batch : place.Batch.Batch);
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            report?.Invoke(ofTargets ? place.FirstTarget : place.First, total);
            step(place);
        }

        report?.Invoke(total, total);
    }

    private ForwardPass Begin(TokenBatch batch, ILinearObserver? observer)
    {
        observer?.BeginPass(batch.Batch);
        return model.BeginPass(computation, batch, observer: observer);
    }

    /// <summary>A batch, and where its rows and those of its targets begin.</summary>
    private sealed record Place(TokenBatch Batch, int First, int FirstTarget)
    {
        public Tensor Rows(HiddenStates states) => states.States.Rows(First, Batch.InputIds.Length);

        public Tensor TargetRows(HiddenStates states) => states.Targets!.Rows(FirstTarget, Batch.Target!.InputIds.Length);
    }
}
