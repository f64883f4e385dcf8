using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>One Transformer layer: attention and MLP with their norms. Methods see a model through its blocks alone.</summary>
public sealed class TransformerBlock
{
    private IReadOnlyList<Linear> linears = [];

    /// <summary>Place in the model, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The checkpoint prefix, e.g. <c>model.layers.3</c>; names of layers within the block are relative to it.</summary>
    public required string Name { get; init; }

    /// <summary>The wiring.</summary>
    public required BlockStyle Style { get; init; }

    /// <summary>Self-attention.</summary>
    public required AttentionLayer Attention { get; init; }

    /// <summary>Attention to the states of an encoder, between self-attention and MLP; null in blocks without.</summary>
    public AttentionLayer? CrossAttention { get; init; }

    /// <summary>The MLP, or a mixture of them.</summary>
    public required IFeedForward FeedForward { get; init; }

    /// <summary>The MLPs: one, or the experts of a mixture.</summary>
    public IReadOnlyList<FeedForwardLayer> FeedForwards => FeedForward.Layers;

    /// <summary>
    /// Norm of the attention part: of what it reads, or in <see cref="BlockStyle.PostNorm"/> of the sum behind it. Null where there is none.
    /// </summary>
    public Normalization? AttentionNorm { get; init; }

    /// <summary>Norm of what attention adds, before it is added (Gemma 2, OLMo 2); usually null. Pre-norm blocks only.</summary>
    public Normalization? AttentionOutputNorm { get; init; }

    /// <summary>Norm of the cross-attention part; there whenever <see cref="CrossAttention"/> is.</summary>
    public Normalization? CrossAttentionNorm { get; init; }

    /// <summary>Norm of the MLP part; the same object as <see cref="AttentionNorm"/> where both read one norm (Phi-2).</summary>
    public Normalization? FeedForwardNorm { get; init; }

    /// <summary>Norm of what the MLP adds, before it is added; usually null. Pre-norm blocks only.</summary>
    public Normalization? FeedForwardOutputNorm { get; init; }

    /// <summary>Whether attention and MLP read the very same states.</summary>
    public bool SharesInput => Style == BlockStyle.Parallel && ReferenceEquals(AttentionNorm, FeedForwardNorm);

    /// <summary>Dropout of what attention and MLP add, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>Dropout of what attention adds, where that is another; null means <see cref="DropoutRate"/>.</summary>
    public float? AttentionDropoutRate { get; init; }

    /// <summary>Parts that are left out, norms included: they compute nothing, and the hidden states pass them by.</summary>
    public BlockParts Skipped { get; set; }

    /// <summary>
    /// Parts that add what they compute, but behind which the norm is left out: gates that are trained close them, and yet want a gradient.
    /// Without a meaning where norms stand in front.
    /// </summary>
    public BlockParts Unnormalized { get; set; }

    /// <summary>
    /// Every linear layer in the order in which the field counts them: module-definition order of the reference implementation
    /// (OPT: key, value, query, output).
    /// </summary>
    public required IReadOnlyList<Linear> Linears { get => linears; init => linears = value; }

    /// <summary>The attentions: self-attention, and cross-attention in a decoder with an encoder.</summary>
    public IReadOnlyList<AttentionLayer> Attentions => CrossAttention is null ? [Attention] : [Attention, CrossAttention];

    /// <summary>Every norm once.</summary>
    public IEnumerable<Normalization> Normalizations => new[]
    {
        AttentionNorm, Attention.QueryNorm, Attention.KeyNorm, AttentionOutputNorm, CrossAttentionNorm, FeedForwardNorm, FeedForwardOutputNorm,
    }
        .OfType<Normalization>()
        .Distinct();

    /// <summary>The parameters, norms included.</summary>
    public IEnumerable<Parameter> Parameters => Attentions.SelectMany(attention => attention.Parameters)
        .Concat(FeedForward.Parameters)
        .Concat(Normalizations.SelectMany(norm => norm.Parameters))
        .Distinct();

    /// <summary>Takes layers out of <see cref="Linears"/>: methods do not see them any more, and the block computes as before.</summary>
    /// <param name="isLeftOut">Which ones.</param>
    public void LeaveOut(Func<Linear, bool> isLeftOut) => linears = [.. linears.Where(linear => !isLeftOut(linear))];

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
                using (var normalized = FeedForwardNorm?.Forward(pass, afterAttention))
                {
                    FeedForward.Observe(pass, normalized ?? afterAttention);
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
        var afterAttention = AddPart(pass, hidden, BlockParts.Attention, AttentionNorm, Attend);
        if (CrossAttention is not null)
        {
            using var afterSelf = afterAttention;
            afterAttention = AddPart(pass, afterSelf, BlockParts.CrossAttention, CrossAttentionNorm, AttendToSource);
        }

        return afterAttention;
    }

    private Tensor ForwardPreNorm(ForwardPass pass, Tensor hidden)
    {
        using var afterAttention = AttendPreNorm(pass, hidden);
        return AddPart(pass, afterAttention, BlockParts.FeedForward, FeedForwardNorm, Transform);
    }

    private Tensor AttendPostNorm(ForwardPass pass, Tensor hidden)
    {
        var afterAttention = NormSum(pass, hidden, BlockParts.Attention, AttentionNorm, Attend);
        if (CrossAttention is not null)
        {
            using var afterSelf = afterAttention;
            afterAttention = NormSum(pass, afterSelf, BlockParts.CrossAttention, CrossAttentionNorm, AttendToSource);
        }

        return afterAttention;
    }

    private Tensor ForwardPostNorm(ForwardPass pass, Tensor hidden)
    {
        using var normalized = AttendPostNorm(pass, hidden);
        return NormSum(pass, normalized, BlockParts.FeedForward, FeedForwardNorm, Transform);
    }

    private Tensor ForwardParallel(ForwardPass pass, Tensor hidden)
    {
        if (Skipped.HasFlag(BlockParts.Attention) || Skipped.HasFlag(BlockParts.FeedForward))
        {
            return ForwardPart(pass, hidden);
        }

        using var normalized = AttentionNorm?.Forward(pass, hidden);
        var sum = Attend(pass, normalized ?? hidden);
        using var feedForwardInput = SharesInput ? null : FeedForwardNorm?.Forward(pass, hidden);
        using var output = Transform(pass, feedForwardInput ?? normalized ?? hidden);
        pass.Computation.AddInPlace(ref sum, output);
        pass.Computation.AddInPlace(ref sum, hidden);
        return sum;
    }

    /// <summary>A parallel block of which one part at most is left.</summary>
    private Tensor ForwardPart(ForwardPass pass, Tensor hidden) => Skipped.HasFlag(BlockParts.Attention)
        ? AddPart(pass, hidden, BlockParts.FeedForward, FeedForwardNorm, Transform)
        : AddPart(pass, hidden, BlockParts.Attention, AttentionNorm, Attend);

    private void ObserveParallel(ForwardPass pass, Tensor hidden)
    {
        using var normalized = AttentionNorm?.Forward(pass, hidden);
        Attend(pass, normalized ?? hidden).Dispose();
        using var feedForwardInput = SharesInput ? null : FeedForwardNorm?.Forward(pass, hidden);
        FeedForward.Observe(pass, feedForwardInput ?? normalized ?? hidden);
    }

    private Tensor Attend(ForwardPass pass, Tensor input) => Finish(
        pass, Attention.Forward(pass, input, Index), AttentionOutputNorm, AttentionDropoutRate ?? DropoutRate);

    private Tensor AttendToSource(ForwardPass pass, Tensor input) => Finish(
        pass, CrossAttention!.ForwardSource(pass, input, Index), null, AttentionDropoutRate ?? DropoutRate);

    private Tensor Transform(ForwardPass pass, Tensor input) => Finish(
        pass, FeedForward.Forward(pass, input), FeedForwardOutputNorm, DropoutRate);

    /// <summary>What a part adds, from what it computed.</summary>
    private static Tensor Finish(ForwardPass pass, Tensor computed, Normalization? norm, float dropoutRate)
    {
        if (norm is not null)
        {
            using var raw = computed;
            computed = norm.Forward(pass, raw);
        }

        pass.Computation.DropoutInPlace(ref computed, dropoutRate);
        return computed;
    }

    private Tensor AddPart(ForwardPass pass, Tensor hidden, BlockParts kind, Normalization? norm, Func<ForwardPass, Tensor, Tensor> part)
    {
        if (Skipped.HasFlag(kind))
        {
            return pass.Computation.Copy(hidden);
        }

        using var normalized = norm?.Forward(pass, hidden);
        var sum = part(pass, normalized ?? hidden);
        pass.Computation.AddInPlace(ref sum, hidden);
        return sum;
    }

    private Tensor NormSum(ForwardPass pass, Tensor hidden, BlockParts kind, Normalization? norm, Func<ForwardPass, Tensor, Tensor> part)
    {
        if (Skipped.HasFlag(kind))
        {
            return pass.Computation.Copy(hidden);
        }

        using var added = part(pass, hidden);
        var sum = pass.Computation.Add(hidden, added);
        if (norm is null || Unnormalized.HasFlag(kind))
        {
            return sum;
        }

        using var raw = sum;
        return norm.Forward(pass, raw);
    }
}
