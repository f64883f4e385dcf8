using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>One Transformer layer: attention and MLP with their norms. Methods see a model through its blocks alone.</summary>
public sealed class TransformerBlock
{
    /// <summary>Place in the model, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The checkpoint prefix, e.g. <c>model.layers.3</c>; names of layers within the block are relative to it.</summary>
    public required string Name { get; init; }

    /// <summary>The wiring.</summary>
    public required BlockStyle Style { get; init; }

    /// <summary>Self-attention.</summary>
    public required AttentionLayer Attention { get; init; }

    /// <summary>Attention to the states of an encoder, between self-attention and MLP; null in blocks without. Pre-norm blocks only.</summary>
    public AttentionLayer? CrossAttention { get; init; }

    /// <summary>The MLP.</summary>
    public required FeedForwardLayer FeedForward { get; init; }

    /// <summary>Norm of the attention part.</summary>
    public required Normalization AttentionNorm { get; init; }

    /// <summary>Norm of the cross-attention part; there whenever <see cref="CrossAttention"/> is.</summary>
    public Normalization? CrossAttentionNorm { get; init; }

    /// <summary>Norm of the MLP part; the same object as <see cref="AttentionNorm"/> where both read one norm (Phi-2).</summary>
    public required Normalization FeedForwardNorm { get; init; }

    /// <summary>Dropout of what attention and MLP add, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>
    /// Every linear layer in the order in which the field counts them: module-definition order of the reference implementation
    /// (OPT: key, value, query, output).
    /// </summary>
    public required IReadOnlyList<Linear> Linears { get; init; }

    /// <summary>The attentions: self-attention, and cross-attention in a decoder with an encoder.</summary>
    public IReadOnlyList<AttentionLayer> Attentions => CrossAttention is null ? [Attention] : [Attention, CrossAttention];

    /// <summary>Every norm once.</summary>
    public IEnumerable<Normalization> Normalizations => new[] { AttentionNorm, Attention.QueryNorm, Attention.KeyNorm, CrossAttentionNorm, FeedForwardNorm }
        .OfType<Normalization>()
        .Distinct();

    /// <summary>The parameters, norms included.</summary>
    public IEnumerable<Parameter> Parameters => Attentions.SelectMany(attention => attention.Parameters)
        .Concat(FeedForward.Parameters)
        .Concat(AttentionNorm.Parameters)
        .Concat(CrossAttentionNorm?.Parameters ?? [])
        .Concat(FeedForwardNorm.Parameters)
        .Distinct();

    /// <summary>Runs the block over <c>[batch * length, hidden]</c>; the input stays the caller's.</summary>
    public Tensor Forward(ForwardPass pass, Tensor hidden) => Style switch
    {
        BlockStyle.PreNorm => ForwardPreNorm(pass, hidden),
        BlockStyle.PostNorm => ForwardPostNorm(pass, hidden),
        BlockStyle.Parallel => ForwardParallel(pass, hidden),
        _ => throw new InvalidOperationException($"Unknown block style {Style}."),
    };

    /// <summary>
    /// Shows the pass's observer the input of every linear layer, as <see cref="Forward"/> does, but leaves out the product at the block's
    /// end, whose result only a next block would read.
    /// </summary>
    public void Observe(ForwardPass pass, Tensor hidden)
    {
        switch (Style)
        {
            case BlockStyle.PreNorm:
                using (var afterAttention = AttendPreNorm(pass, hidden))
                using (var normalized = FeedForwardNorm.Forward(pass, afterAttention))
                {
                    FeedForward.Observe(pass, normalized);
                }

                break;
            case BlockStyle.PostNorm:
                using (var normalized = AttendPostNorm(pass, hidden))
                {
                    FeedForward.Observe(pass, normalized);
                }

                break;
            case BlockStyle.Parallel:
                ObserveParallel(pass, hidden);
                break;
            default:
                throw new InvalidOperationException($"Unknown block style {Style}.");
        }
    }

    private Tensor AttendPreNorm(ForwardPass pass, Tensor hidden)
    {
        var afterAttention = AddAttention(pass, hidden, AttentionNorm, Attend);
        if (CrossAttention is not null)
        {
            using var afterSelf = afterAttention;
            afterAttention = AddAttention(pass, afterSelf, CrossAttentionNorm!, AttendToSource);
        }

        return afterAttention;
    }

    private Tensor ForwardPreNorm(ForwardPass pass, Tensor hidden)
    {
        var afterAttention = AttendPreNorm(pass, hidden);
        using var normalized = FeedForwardNorm.Forward(pass, afterAttention);
        using var output = Transform(pass, normalized);
        pass.Computation.AddInPlace(ref afterAttention, output);
        return afterAttention;
    }

    private Tensor AttendPostNorm(ForwardPass pass, Tensor hidden)
    {
        using var attended = Attend(pass, hidden);
        using var residual = pass.Computation.Add(hidden, attended);
        return AttentionNorm.Forward(pass, residual);
    }

    private Tensor ForwardPostNorm(ForwardPass pass, Tensor hidden)
    {
        using var normalized = AttendPostNorm(pass, hidden);
        using var output = Transform(pass, normalized);
        using var sum = pass.Computation.Add(normalized, output);
        return FeedForwardNorm.Forward(pass, sum);
    }

    private Tensor ForwardParallel(ForwardPass pass, Tensor hidden)
    {
        using var normalized = AttentionNorm.Forward(pass, hidden);
        var sum = Attend(pass, normalized);
        using var feedForwardInput = ReferenceEquals(AttentionNorm, FeedForwardNorm) ? null : FeedForwardNorm.Forward(pass, hidden);
        using var output = Transform(pass, feedForwardInput ?? normalized);
        pass.Computation.AddInPlace(ref sum, output);
        pass.Computation.AddInPlace(ref sum, hidden);
        return sum;
    }

    private void ObserveParallel(ForwardPass pass, Tensor hidden)
    {
        using var normalized = AttentionNorm.Forward(pass, hidden);
        Attend(pass, normalized).Dispose();
        using var feedForwardInput = ReferenceEquals(AttentionNorm, FeedForwardNorm) ? null : FeedForwardNorm.Forward(pass, hidden);
        FeedForward.Observe(pass, feedForwardInput ?? normalized);
    }

    private Tensor Attend(ForwardPass pass, Tensor input)
    {
        var output = Attention.Forward(pass, input, Index);
        pass.Computation.DropoutInPlace(ref output, DropoutRate);
        return output;
    }

    private Tensor AttendToSource(ForwardPass pass, Tensor input)
    {
        var output = CrossAttention!.ForwardSource(pass, input, Index);
        pass.Computation.DropoutInPlace(ref output, DropoutRate);
        return output;
    }

    private Tensor Transform(ForwardPass pass, Tensor input)
    {
        var output = FeedForward.Forward(pass, input);
        pass.Computation.DropoutInPlace(ref output, DropoutRate);
        return output;
    }

    private static Tensor AddAttention(ForwardPass pass, Tensor hidden, Normalization norm, Func<ForwardPass, Tensor, Tensor> attend)
    {
        using var normalized = norm.Forward(pass, hidden);
        var attended = attend(pass, normalized);
        pass.Computation.AddInPlace(ref attended, hidden);
        return attended;
    }
}
