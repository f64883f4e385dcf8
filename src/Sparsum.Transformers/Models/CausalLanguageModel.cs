using Sparsum.Tensors;
using Sparsum.Transformers.Errors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// A decoder-only language model: embeddings, blocks, final norm, head. An architecture is a file that fills in these parts; everything
/// else works on them alone. Built as a skeleton: no parameter has values until it is loaded.
/// </summary>
public sealed class CausalLanguageModel : ITransformer, IDisposable
{
    /// <summary>Token embeddings <c>[vocabulary, embedding]</c>.</summary>
    public required Parameter TokenEmbedding { get; init; }

    /// <summary>Learned positions <c>[positions, hidden]</c>; null with rotary embedding.</summary>
    public Parameter? PositionEmbedding { get; init; }

    /// <summary>Row of the position table that belongs to position 0 (OPT: 2).</summary>
    public int PositionOffset { get; init; }

    /// <summary>How positions follow from a batch.</summary>
    public PositionRule PositionRule { get; init; }

    /// <summary>Factor on token embeddings (Gemma: √hidden).</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>The token whose row of <see cref="TokenEmbedding"/> is not trained by looking it up; null trains all.</summary>
    public int? PaddingToken { get; init; }

    /// <summary>Widens embeddings to the hidden size (OPT-350m); usually null.</summary>
    public Linear? ProjectIn { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<TransformerBlock> Blocks { get; init; }

    /// <summary>Norm after the last block; null in OPT-350m.</summary>
    public Normalization? FinalNorm { get; init; }

    /// <summary>Narrows hidden states back to the embedding size (OPT-350m); usually null.</summary>
    public Linear? ProjectOut { get; init; }

    /// <summary>Projects to the vocabulary; its weight is <see cref="TokenEmbedding"/> itself when the two are tied.</summary>
    public required Linear Head { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Size of the vocabulary.</summary>
    public int VocabularySize => TokenEmbedding.Shape[0];

    /// <summary>Longest sequence the model was made for (<c>max_position_embeddings</c>).</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Whether head and token embeddings are one tensor.</summary>
    public bool IsHeadTied => ReferenceEquals(Head.Weight, TokenEmbedding);

    /// <summary>Every linear layer in the order of the computation, those outside the blocks included.</summary>
    public IEnumerable<Linear> Linears =>
    [
        .. ProjectIn is null ? [] : new[] { ProjectIn },
        .. Blocks.SelectMany(block => block.Linears),
        .. ProjectOut is null ? [] : new[] { ProjectOut },
        Head,
    ];

    /// <summary>Every norm in the order of the computation.</summary>
    public IEnumerable<Normalization> Normalizations =>
        [.. Blocks.SelectMany(block => block.Normalizations), .. FinalNorm is null ? [] : new[] { FinalNorm }];

    /// <summary>Parameters outside the blocks that come before them.</summary>
    public IEnumerable<Parameter> EmbeddingParameters =>
        [TokenEmbedding, .. PositionEmbedding is null ? [] : new[] { PositionEmbedding }, .. ProjectIn?.Parameters ?? []];

    /// <summary>Parameters outside the blocks that come after them; a tied head's weight is among them too.</summary>
    public IEnumerable<Parameter> HeadParameters =>
        [.. FinalNorm?.Parameters ?? [], .. ProjectOut?.Parameters ?? [], .. Head.Parameters];

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters => EmbeddingParameters
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
        Computation computation, TokenBatch batch, KeyValueCache? cache = null, byte[]? keyMask = null, ILinearObserver? observer = null)
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

    /// <summary>An empty cache that fits the blocks.</summary>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Most tokens per sequence.</param>
    public KeyValueCache CreateCache(int batch, int capacity) =>
        new(batch, capacity, [.. Blocks.Select(block => block.Attention.KeyValueHeadCount * block.Attention.HeadSize)]);

    /// <summary>The hidden states that enter block 0, <c>[batch * length, hidden]</c>.</summary>
    public Tensor Embed(ForwardPass pass, TokenBatch batch)
    {
        var hidden = pass.Computation.Gather(TokenEmbedding.Value, batch.InputIds, PaddingToken);
        if (EmbeddingScale != 1)
        {
            pass.Computation.ScaleInPlace(ref hidden, EmbeddingScale);
        }

        if (ProjectIn is not null)
        {
            using var narrow = hidden;
            hidden = ProjectIn.Forward(pass, narrow);
        }

        if (PositionEmbedding is not null)
        {
            int[] rows = [.. pass.Positions.Select(position => position + PositionOffset)];
            pass.Computation.GatherInPlace(ref hidden, PositionEmbedding.Value, rows);
        }

        return hidden;
    }

    /// <summary>Final norm and projection of the last block's output; the input stays the caller's.</summary>
    public Tensor Finish(ForwardPass pass, Tensor hidden)
    {
        var normalized = FinalNorm?.Forward(pass, hidden);
        if (ProjectOut is not null)
        {
            using var wide = normalized;
            return ProjectOut.Forward(pass, wide ?? hidden);
        }

        if (normalized is not null)
        {
            return normalized;
        }

        return pass.Computation.Copy(hidden);
    }

    /// <summary>
    /// Logits <c>[batch * length, vocabulary]</c>. <paramref name="onHidden"/> sees the input of each block (indices from 0) and at index
    /// <c>Blocks.Count</c> the finished states, as <c>hidden_states</c> does in the reference stack.
    /// </summary>
    public Tensor Forward(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        using var finished = ForwardHidden(pass, batch, onHidden);
        return Head.Forward(pass, finished);
    }

    /// <summary>The finished hidden states, without the head.</summary>
    public Tensor ForwardHidden(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        var hidden = Embed(pass, batch);
        foreach (var block in Blocks)
        {
            onHidden?.Invoke(block.Index, hidden);
            using var input = hidden;
            hidden = block.Forward(pass, input);
        }

        pass.Cache?.Advance(pass.Length);
        using var last = hidden;
        var finished = Finish(pass, last);
        onHidden?.Invoke(Blocks.Count, finished);
        return finished;
    }

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
                bool isToken = batch.AttentionMask is null || batch.AttentionMask[index] != 0;
                count += isToken ? 1 : 0;
                positions[index] = PositionRule == PositionRule.Sequential ? cached + i : isToken ? cached + count - 1 : -1;
            }
        }

        return positions;
    }
}
