using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// A language model of two stacks (T5): an encoder reads the source, and a causal decoder, whose blocks also attend to the encoder's
/// finished states, gives the next token of the target. <see cref="TransformerModel.Blocks"/> are the encoder's, then the decoder's; the
/// two share the embeddings.
/// </summary>
public sealed class EncoderDecoderModel : TransformerModel
{
    /// <summary>How many of the blocks are the encoder's.</summary>
    public required int EncoderBlockCount { get; init; }

    /// <summary>Relative positions of the encoder (T5); null when positions enter elsewhere.</summary>
    public RelativePositions? EncoderPositions { get; init; }

    /// <summary>Relative positions of the decoder (T5); null when positions enter elsewhere.</summary>
    public RelativePositions? DecoderPositions { get; init; }

    /// <summary>What the encoder does to embeddings (BART).</summary>
    public StackInput EncoderInput { get; init; } = new();

    /// <summary>What the decoder does to embeddings (BART).</summary>
    public StackInput DecoderInput { get; init; } = new();

    /// <summary>Factor on token embeddings.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Norm after the encoder's last block; null in BART.</summary>
    public Normalization? EncoderNorm { get; init; }

    /// <summary>Norm after the decoder's last block; null in BART.</summary>
    public Normalization? DecoderNorm { get; init; }

    /// <summary>Projects to the vocabulary; its weight is <see cref="TransformerModel.TokenEmbedding"/> itself when the two are tied.</summary>
    public required Linear Head { get; init; }

    /// <summary>Factor on the finished states before the head (T5 with a tied head: <c>hidden^-0.5</c>).</summary>
    public float HeadScale { get; init; } = 1;

    /// <summary>Added to the logits, <c>[1, vocabulary]</c> (BART); null for nothing.</summary>
    public Parameter? LogitBias { get; init; }

    /// <summary>Whether sources and targets end with <see cref="TransformerModel.MaxPositions"/> (BART, Marian), beyond which there is no position; T5's never do.</summary>
    public bool HasPositionLimit => EncoderInput.Positions is not null;

    /// <summary>The token with which every target begins.</summary>
    public required int StartToken { get; init; }

    /// <summary>The padding token, which the decoder reads where nothing is asked of it.</summary>
    public required int FillToken { get; init; }

    /// <summary>Dropout of embeddings, and of finished states, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>Whether finished states are dropped too (T5).</summary>
    public bool DropsFinished { get; init; } = true;

    /// <inheritdoc/>
    public override IEnumerable<Linear> Linears => [.. Blocks.SelectMany(block => block.Linears), Head];

    /// <inheritdoc/>
    public override IEnumerable<Normalization> Normalizations =>
    [
        .. Blocks.SelectMany(block => block.Normalizations),
        .. new[] { EncoderInput.Norm, DecoderInput.Norm, EncoderNorm, DecoderNorm }.OfType<Normalization>(),
    ];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> EmbeddingParameters => [TokenEmbedding, .. EncoderInput.Parameters, .. DecoderInput.Parameters];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> SharedParameters =>
        [.. new[] { EncoderPositions, DecoderPositions }.OfType<RelativePositions>().Select(positions => positions.Table), .. EncoderNorm?.Parameters ?? []];

    /// <inheritdoc/>
    public override IEnumerable<Parameter> HeadParameters =>
        [.. DecoderNorm?.Parameters ?? [], .. Head.Parameters, .. LogitBias is null ? [] : new[] { LogitBias }];

    /// <summary>
    /// What the decoder reads when it is to say the labels <c>[batch * length]</c>: the start token, then all labels but the last, with the
    /// <see cref="FillToken"/> where a label is -100.
    /// </summary>
    /// <exception cref="ArgumentException">The labels do not form so many sequences.</exception>
    public TokenBatch ShiftRight(ReadOnlySpan<int> labels, int batch)
    {
        const int Ignored = -100;
        var ids = new int[labels.Length];
        var target = new TokenBatch(ids, batch);
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = i % target.Length == 0 ? StartToken : labels[i - 1] == Ignored ? FillToken : labels[i - 1];
        }

        return target;
    }

    /// <summary>An empty cache that fits the decoder's blocks.</summary>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Most target tokens per sequence, the start token included.</param>
    /// <param name="storage">How keys and values are held, those of the source too.</param>
    public KeyValueCache CreateCache(int batch, int capacity, StorageType storage = StorageType.Float32) => new(
        batch,
        capacity,
        [.. Blocks.Skip(EncoderBlockCount).Select(block => (block.Attention.KeyValueHeadCount, block.Attention.HeadSize))],
        storage,
        EncoderBlockCount);

    /// <inheritdoc/>
    public override string HiddenStateName(int index) => index <= EncoderBlockCount
        ? FormattableString.Invariant($"encoder_hidden_states.{index}")
        : FormattableString.Invariant($"decoder_hidden_states.{index - EncoderBlockCount - 1}");

    /// <summary>The hidden states that enter the first block of the encoder; see <see cref="EmbedTarget"/>.</summary>
    public override Tensor Embed(ForwardPass pass, TokenBatch batch) => Embed(pass, batch, EncoderInput);

    /// <summary>The hidden states that enter the first block of the decoder, <c>[batch * length, hidden]</c>.</summary>
    public Tensor EmbedTarget(ForwardPass pass, TokenBatch target) => Embed(pass, target, DecoderInput);

    /// <summary>The finished states of the source, <c>[batch * length, hidden]</c>.</summary>
    /// <param name="pass">A pass over the source.</param>
    /// <param name="batch">The source.</param>
    /// <param name="onHidden">Sees the input of each encoder block, and the finished states under the number of the blocks.</param>
    public Tensor Encode(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        using var last = RunStack(pass, Embed(pass, batch), EncoderPositions, Blocks.Take(EncoderBlockCount), onHidden);
        var finished = FinishSource(pass, last);
        onHidden?.Invoke(EncoderBlockCount, finished);
        return finished;
    }

    /// <summary>What cross-attention reads, from the output of the last encoder block, which stays the caller's.</summary>
    public Tensor FinishSource(ForwardPass pass, Tensor hidden) => Finish(pass, hidden, EncoderNorm);

    /// <summary>The finished states of the target, <c>[batch * length, hidden]</c>, without the head.</summary>
    /// <param name="pass">A pass over the target with the encoded source; with a cache over its new tokens.</param>
    /// <param name="target">The target.</param>
    /// <param name="onHidden">Sees the input of each decoder block and the finished states, numbered on from those of the encoder.</param>
    public Tensor Decode(ForwardPass pass, TokenBatch target, Action<int, Tensor>? onHidden = null)
    {
        Action<int, Tensor>? onBlock = onHidden is null ? null : (index, hidden) => onHidden(index + 1, hidden);
        using var last = RunStack(pass, EmbedTarget(pass, target), DecoderPositions, Blocks.Skip(EncoderBlockCount), onBlock);
        pass.Cache?.Advance(pass.Length);
        var finished = Finish(pass, last, DecoderNorm);
        onHidden?.Invoke(Blocks.Count + 1, finished);
        return finished;
    }

    /// <summary>The logits from finished states of the target, which stay the caller's.</summary>
    public Tensor Project(ForwardPass pass, Tensor hidden)
    {
        var logits = ProjectScaled(pass, hidden);
        if (LogitBias is not null)
        {
            pass.Computation.GatherInPlace(ref logits, LogitBias.Value, new int[logits.RowCount]);
        }

        return logits;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidInputException">The batch has no target, or one of another number of sequences.</exception>
    public override Tensor ForwardHidden(ForwardPass pass, TokenBatch batch, Action<int, Tensor>? onHidden = null)
    {
        var target = batch.Target ?? throw new InvalidInputException("missing-target", "The model has a decoder, but there is nothing for it to read.")
        {
            Expected = "decoder_input_ids, or labels from which they follow",
            Hint = "A model with an encoder and a decoder needs a source and a target.",
        };
        if (target.Batch != batch.Batch)
        {
            throw new InvalidInputException("shape-mismatch", "Source and target are of different numbers of sequences.")
            {
                Found = FormattableString.Invariant($"{target.Batch} targets"),
                Expected = FormattableString.Invariant($"{batch.Batch}, one for each source"),
            };
        }

        using var encoded = Encode(pass, batch, onHidden);
        var decoding = BeginPass(pass.Computation, target, observer: pass.Observer) with
        {
            Source = new EncodedSource(encoded, batch.Length, batch.AttentionMask),
        };
        return Decode(decoding, target, onHidden);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardHead(ForwardPass pass, TokenBatch batch, Tensor hidden) => Project(pass, hidden);

    private Tensor ProjectScaled(ForwardPass pass, Tensor hidden)
    {
        if (HeadScale == 1)
        {
            return Head.Forward(pass, hidden);
        }

        var scaled = pass.Computation.Copy(hidden);
        pass.Computation.ScaleInPlace(ref scaled, HeadScale);
        using var input = scaled;
        return Head.Forward(pass, input);
    }

    private Tensor Embed(ForwardPass pass, TokenBatch batch, StackInput input)
    {
        var hidden = pass.Computation.Gather(TokenEmbedding.Value, batch.InputIds, UntrainedToken);
        if (EmbeddingScale != 1)
        {
            pass.Computation.ScaleInPlace(ref hidden, EmbeddingScale);
        }

        input.Positions?.Add(pass, ref hidden);
        if (input.Norm is not null)
        {
            using var raw = hidden;
            hidden = input.Norm.Forward(pass, raw);
        }

        pass.Computation.DropoutInPlace(ref hidden, DropoutRate);
        return hidden;
    }

    private static Tensor RunStack(
        ForwardPass pass, Tensor embedded, RelativePositions? positions, IEnumerable<TransformerBlock> blocks, Action<int, Tensor>? onHidden)
    {
        using var bias = positions?.Compute(pass);
        return RunBlocks(pass with { PositionBias = bias }, blocks, embedded, onHidden);
    }

    private Tensor Finish(ForwardPass pass, Tensor hidden, Normalization? norm)
    {
        var finished = norm?.Forward(pass, hidden) ?? pass.Computation.Copy(hidden);
        if (DropsFinished)
        {
            pass.Computation.DropoutInPlace(ref finished, DropoutRate);
        }

        return finished;
    }
}
