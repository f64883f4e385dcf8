using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// A model: embeddings, blocks, head. An architecture is a file that fills in these parts; everything else works
/// on them alone. Built as a skeleton: no parameter has values until it is loaded.
/// </summary>
public abstract class TransformerModel : ITransformer, IDisposable
{
    /// <summary>Token embeddings <c>[vocabulary, embedding]</c>.</summary>
    public required Parameter TokenEmbedding { get; init; }

    /// <summary>The token whose row of <see cref="TokenEmbedding"/> is not trained by looking it up; null trains all.</summary>
    public int? PaddingToken { get; init; }

    /// <summary>
    /// Whether the row of <see cref="PaddingToken"/> gets a gradient after all: for who needs the gradients of numbers that the row is multiplied
    /// with, and keeps the row itself as it is.
    /// </summary>
    public bool TracksPadding { get; set; }

    /// <summary>Learned positions <c>[positions, hidden]</c>; null with rotary embedding.</summary>
    public Parameter? PositionEmbedding { get; init; }

    /// <summary>Row of the position table that belongs to position 0 (OPT: 2).</summary>
    public int PositionOffset { get; init; }

    /// <summary>The position whose row of <see cref="PositionEmbedding"/> is not trained, that of padding; null trains all.</summary>
    public int? UntrainedPosition { get; init; }

    /// <summary>How positions follow from a batch.</summary>
    public PositionRule PositionRule { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<TransformerBlock> Blocks { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Size of the vocabulary.</summary>
    public int VocabularySize => TokenEmbedding.Shape[0];

    /// <summary>Longest sequence the model was made for (<c>max_position_embeddings</c>).</summary>
    public required int MaxPositions { get; init; }

    /// <summary>The head, if the model is one for a task other than causal language modelling.</summary>
    public virtual IModelHead? TaskHead => null;

    /// <summary>The head that classifies sequences; null in models that do not.</summary>
    public ClassificationHead? Classification => TaskHead as ClassificationHead;

    /// <summary>Every linear layer in the order of the computation, those outside the blocks included.</summary>
    public abstract IEnumerable<Linear> Linears { get; }

    /// <summary>Every norm in the order of the computation.</summary>
    public abstract IEnumerable<Normalization> Normalizations { get; }

    /// <summary>The norms that run over the hidden states of the model's width, in the order of the computation.</summary>
    public IEnumerable<Normalization> HiddenNorms => Normalizations
        .Except(TaskHead?.Normalizations ?? [])
        .Except(Blocks.SelectMany(block => block.Attentions).SelectMany(attention => new[] { attention.QueryNorm, attention.KeyNorm }).OfType<Normalization>())
        .Where(norm => norm.Scale.OriginalShape[0] == HiddenSize);

    /// <summary>Parameters outside the blocks that come before them.</summary>
    public abstract IEnumerable<Parameter> EmbeddingParameters { get; }

    /// <summary>
    /// Small parameters outside the blocks that running any of them may need: tables of relative positions, a norm between two stacks. Who
    /// loads blocks one at a time keeps these in memory throughout.
    /// </summary>
    public virtual IEnumerable<Parameter> SharedParameters => [];

    /// <summary>
    /// Standard deviations of fresh weights that differ from that of the configuration, where an architecture draws each by its own rule.
    /// </summary>
    public IReadOnlyDictionary<Parameter, double> InitializerStdTests { get; init; } = new Dictionary<Parameter, double>();

    /// <summary>Parameters outside the blocks that come after them; a tied head's weight is among them too.</summary>
    public abstract IEnumerable<Parameter> HeadParameters { get; }

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => EmbeddingParameters
        .Concat(SharedParameters)
        .Concat(Blocks.SelectMany(block => block.Parameters))
        .Concat(HeadParameters)
        .Distinct();

    /// <summary>Prepares a pass over a batch; with a cache the batch holds the new tokens only.</summary>
    /// <param name="computation">The operations.</param>
    /// <param name="batch">The tokens.</param>
    /// <param name="cache">Earlier keys and values.</param>
    /// <param name="keyMask">
    /// <c>[batch, cached + new]</c>, needed when cached tokens include padding; otherwise the batch's mask serves.
    /// </param>
    /// <param name="observer">Sees every linear layer's input.</param>
    /// <exception cref="InvalidInputException">A token is not in the vocabulary, or a position beyond the learned positions.</exception>
    public ForwardPass BeginPass(
        Computation computation, TokenBatch batch, IKeyValueCache? cache = null, byte[]? keyMask = null, ILinearObserver? observer = null)
    {
        int[] positions = batch.Positions ?? DefaultPositions(batch, cache?.Length ?? 0);
        CheckTokens(batch.InputIds);
        CheckPositions(positions);
        return new ForwardPass
        {
            Computation = computation,
            Batch = batch.Batch,
            Length = batch.Length,
            Positions = positions,
            KeyMask = keyMask ?? batch.AttentionMask,
            Cache = cache,
            Observer = observer,
        };
    }

    /// <summary>The hidden states that enter block 0, <c>[batch * length, hidden]</c>.</summary>
    public abstract Tensor Embed(ForwardPass pass, TokenBatch batch);

    /// <summary>
    /// The outputs of the head: <c>[batch * length, vocabulary]</c> for language models, <c>[batch, labels]</c> for classifiers.
    /// <paramref name="onHidden"/> sees for each stack the input of each block and then the finished states, numbered from 0, as the
    /// <c>hidden_states</c> of the reference stack do; <see cref="HiddenStateName"/> gives the names.
    /// </summary>
    public Tensor Forward(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        using var finished = ForwardHidden(pass, batch, onHidden);
        return ForwardHead(pass, batch, finished);
    }

    /// <summary>What the reference stack calls the hidden states of a number that <see cref="Forward"/> gives.</summary>
    public virtual string HiddenStateName(int index) => FormattableString.Invariant($"hidden_states.{index}");

    /// <summary>The finished hidden states, without the head.</summary>
    public abstract Tensor ForwardHidden(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null);

    /// <summary>Gives up the values of all parameters and packed weights.</summary>
    public void Dispose()
    {
        foreach (var linear in Linears)
        {
            linear.Unpack();
        }

        foreach (var parameter in Parameters)
        {
            parameter.Release();
        }
    }

    /// <summary>The row of the token embeddings that gets no gradient from being looked up.</summary>
    protected int? UntrainedToken => TracksPadding ? null : PaddingToken;

    /// <summary>The head on finished hidden states, which stay the caller's.</summary>
    protected abstract Tensor ForwardHead(ForwardPass pass, TokenBatch batch, Tensor hidden);

    /// <summary>Embeds and runs all blocks.</summary>
    protected Tensor ForwardBlocks(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden)
    {
        var hidden = RunBlocks(pass, Blocks, Embed(pass, batch), onHidden);
        pass.Cache?.Advance(pass.Length);
        return hidden;
    }

    /// <summary>Runs blocks one after the other; the hidden states are taken over.</summary>
    protected static Tensor RunBlocks(
        ForwardPass pass, IEnumerable<TransformerBlock> blocks, Tensor hidden, Action<int, Tensor>? onHidden)
    {
        foreach (var block in blocks)
        {
            onHidden?.Invoke(block.Index, hidden);
            using var input = hidden;
            hidden = pass.Computation.Recompute(input, states => block.Forward(pass, states), pass.PositionBias, pass.Source?.States);
        }

        return hidden;
    }

    private void CheckTokens(int[] ids)
    {
        foreach (int id in ids)
        {
            if (id < 0 || id >= VocabularySize)
            {
                throw new InvalidInputException("unknown-token", $"Token {id} is not in the model's vocabulary.")
                {
                    Found = $"token {id}",
                    Expected = $"0 to {VocabularySize - 1}",
                    Hint = "Check that tokenizer and model belong together.",
                };
            }
        }
    }

    private void CheckPositions(int[] positions)
    {
        if (PositionEmbedding is null)
        {
            return;
        }

        int last = positions.DefaultIfEmpty(0).Max();
        int length = PositionEmbedding.Shape[0] - PositionOffset;
        if (last >= length)
        {
            throw new InvalidInputException("sequence-too-long", $"The sequence needs {last + 1} positions; the model has {length}.")
            {
                Found = $"position {last}",
                Expected = $"positions below {length}",
                Hint = "Use shorter sequences.",
            };
        }
    }

    private int[] DefaultPositions(TokenBatch batch, int cached)
    {
        var positions = new int[batch.InputIds.Length];
        for (int row = 0; row < batch.Batch; row++)
        {
            int count = 0;
            for (int i = 0; i < batch.Length; i++)
            {
                int index = (row * batch.Length) + i;
                bool isToken = PositionRule == PositionRule.TokenCount
                    ? batch.InputIds[index] != PaddingToken
                    : batch.AttentionMask is null || batch.AttentionMask[index] != 0;
                count += isToken ? 1 : 0;
                positions[index] = PositionRule == PositionRule.Sequential ? cached + i : isToken ? cached + count - 1 : -1;
            }
        }

        return positions;
    }
}
