using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>An encoder whose tokens see each other both ways (BERT), with the head of its task.</summary>
public sealed class EncoderModel : TransformerModel
{
    /// <summary>Segment embeddings <c>[segments, hidden]</c>; null in models that do not tell segments apart.</summary>
    public Parameter? TokenTypeEmbedding { get; init; }

    /// <summary>Norm of the summed embeddings.</summary>
    public required Normalization EmbeddingNorm { get; init; }

    /// <summary>Widens normalised embeddings to the hidden size (ELECTRA); usually null.</summary>
    public Linear? EmbeddingProjection { get; init; }

    /// <summary>Norm after the last block (ModernBERT); usually null.</summary>
    public Normalization? FinalNorm { get; init; }

    /// <summary>Dropout of the embeddings, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>What is computed from the last hidden states.</summary>
    public required IModelHead Head { get; init; }

    /// <inheritdoc/>
    public override IModelHead TaskHead => Head;

    /// <inheritdoc/>
    public override IEnumerable<Linear> Linears =>
    [
        .. EmbeddingProjection is null ? [] : new[] { EmbeddingProjection },
        .. Blocks.SelectMany(block => block.Linears),
        .. Head.Linears,
    ];

    /// <inheritdoc/>
    public override IEnumerable<Normalization> Normalizations =>
    [
        EmbeddingNorm,
        .. Positions.Select(positions => positions.Norm).OfType<Normalization>(),
        .. Blocks.SelectMany(block => block.Normalizations),
        .. FinalNorm is null ? [] : new[] { FinalNorm },
        .. Head.Normalizations,
    ];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> EmbeddingParameters =>
    [
        TokenEmbedding,
        .. PositionEmbedding is null ? [] : new[] { PositionEmbedding },
        .. TokenTypeEmbedding is null ? [] : new[] { TokenTypeEmbedding },
        .. EmbeddingNorm.Parameters,
        .. EmbeddingProjection?.Parameters ?? [],
    ];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> SharedParameters => Positions.SelectMany(positions => positions.Parameters);

    /// <summary>Relative positions that meet contents, which blocks share.</summary>
    private IEnumerable<DisentangledPositions> Positions =>
        Blocks.Select(block => block.Attention.Disentangled).OfType<DisentangledPositions>().Distinct();

    /// <inheritdoc/>
    public override IEnumerable<Parameter> HeadParameters =>
    [
        .. FinalNorm?.Parameters ?? [],
        .. Head.Linears.SelectMany(linear => linear.Parameters),
        .. Head.Normalizations.SelectMany(norm => norm.Parameters),
    ];

    /// <inheritdoc/>
    /// <exception cref="InvalidInputException">A segment is not one that the model knows.</exception>
    public override Tensor Embed(ForwardPass pass, TokenBatch batch)
    {
        var hidden = pass.Computation.Gather(TokenEmbedding.Value, batch.InputIds, UntrainedToken);
        if (TokenTypeEmbedding is not null)
        {
            int[] types = batch.TokenTypeIds ?? new int[batch.InputIds.Length];
            CheckTypes(types, TokenTypeEmbedding.Shape[0]);
            pass.Computation.GatherInPlace(ref hidden, TokenTypeEmbedding.Value, types);
        }

        if (PositionEmbedding is not null)
        {
            int[] rows = [.. pass.Positions.Select(position => position + PositionOffset)];
            pass.Computation.GatherInPlace(ref hidden, PositionEmbedding.Value, rows, UntrainedPosition + PositionOffset);
        }

        using var sum = hidden;
        var normalized = EmbeddingNorm.Forward(pass, sum);
        pass.Computation.DropoutInPlace(ref normalized, DropoutRate);
        if (EmbeddingProjection is null)
        {
            return normalized;
        }

        using var narrow = normalized;
        return EmbeddingProjection.Forward(pass, narrow);
    }

    /// <inheritdoc/>
    public override Tensor ForwardHidden(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        var hidden = ForwardBlocks(pass, batch, onHidden);
        if (FinalNorm is not null)
        {
            using var last = hidden;
            hidden = FinalNorm.Forward(pass, last);
        }

        onHidden?.Invoke(Blocks.Count, hidden);
        return hidden;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardHead(ForwardPass pass, TokenBatch batch, Tensor hidden) => Head.Forward(pass, batch, hidden);

    private static void CheckTypes(int[] types, int count)
    {
        int index = Array.FindIndex(types, type => type < 0 || type >= count);
        if (index >= 0)
        {
            throw new InvalidInputException("unknown-token-type", $"The model has no segment {types[index]}.")
            {
                Found = FormattableString.Invariant($"token_type_ids: {types[index]} at token {index}"),
                Expected = FormattableString.Invariant($"0 to {count - 1}"),
                Hint = "Number the texts of a pair 0 and 1.",
            };
        }
    }
}
