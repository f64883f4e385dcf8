using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>A stack of causal blocks with its embeddings and final norm, below whatever head.</summary>
public abstract class DecoderModel : TransformerModel
{
    /// <summary>Factor on token embeddings (Gemma: √hidden).</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Norm of the embeddings (BLOOM); usually null.</summary>
    public Normalization? EmbeddingNorm { get; init; }

    /// <summary>Dropout of the embeddings, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>Widens embeddings to the hidden size (OPT-350m); usually null.</summary>
    public Linear? ProjectIn { get; init; }

    /// <summary>Norm after the last block; null in OPT-350m.</summary>
    public Normalization? FinalNorm { get; init; }

    /// <summary>Narrows hidden states back to the embedding size (OPT-350m); usually null.</summary>
    public Linear? ProjectOut { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Linear> Linears =>
    [
        .. ProjectIn is null ? [] : new[] { ProjectIn },
        .. Blocks.SelectMany(block => block.Linears),
        .. ProjectOut is null ? [] : new[] { ProjectOut },
        HeadLinear,
    ];

    /// <inheritdoc/>
    public override IEnumerable<Normalization> Normalizations =>
        [.. EmbeddingNorm is null ? [] : new[] { EmbeddingNorm }, .. Blocks.SelectMany(block => block.Normalizations), .. FinalNorm is null ? [] : new[] { FinalNorm }];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> EmbeddingParameters =>
        [TokenEmbedding, .. PositionEmbedding is null ? [] : new[] { PositionEmbedding }, .. ProjectIn?.Parameters ?? [], .. EmbeddingNorm?.Parameters ?? []];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> HeadParameters =>
        [.. FinalNorm?.Parameters ?? [], .. ProjectOut?.Parameters ?? [], .. HeadLinear.Parameters];

    /// <summary>The one layer of the head.</summary>
    protected abstract Linear HeadLinear { get; }

    /// <inheritdoc/>
    public override Tensor Embed(ForwardPass pass, TokenBatch batch)
    {
        var hidden = pass.Computation.Gather(TokenEmbedding.Value, batch.InputIds, UntrainedToken);
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

        if (EmbeddingNorm is not null)
        {
            using var raw = hidden;
            hidden = EmbeddingNorm.Forward(pass, raw);
        }

        pass.Computation.DropoutInPlace(ref hidden, DropoutRate);
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

    /// <inheritdoc/>
    public override Tensor ForwardHidden(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        using var last = ForwardBlocks(pass, batch, onHidden);
        var finished = Finish(pass, last);
        onHidden?.Invoke(Blocks.Count, finished);
        return finished;
    }
}
