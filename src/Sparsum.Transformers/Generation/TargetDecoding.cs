using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Writes the targets of sources with an encoder and a decoder; the sources are encoded once.</summary>
internal sealed class TargetDecoding : Decoding
{
    private readonly EncoderDecoderModel model;
    private Tensor encoded;
    private EncodedSource source;

    /// <summary>Encodes the sources and begins every target with the start token.</summary>
    public TargetDecoding(EncoderDecoderModel model, Computation computation, IReadOnlyList<int[]> sources, GenerationOptions options)
        : base(
            computation,
            new PaddedRows([.. sources.Select(_ => new[] { options.DecoderStartTokenId ?? model.StartToken })], options.PadId, options.MaxNewTokens),
            options.UseCache ? model.CreateCache(sources.Count, options.MaxNewTokens, options.CacheStorage) : null)
    {
        this.model = model;
        var batch = TokenBatch.Pad(sources, options.PadId);
        encoded = model.Encode(model.BeginPass(computation, batch), batch);
        source = new EncodedSource(encoded, batch.Length, batch.AttentionMask);
    }

    /// <inheritdoc/>
    /// <remarks>Beams of a source stay with it, so that its states move only when their number changes.</remarks>
    public override void Select(ReadOnlySpan<int> chosen)
    {
        int before = Rows.Count;
        base.Select(chosen);
        if (chosen.Length == before)
        {
            return;
        }

        int length = source.Length;
        var states = Tensor.Zeros(chosen.Length * length, encoded.Columns);
        byte[]? mask = source.Mask is null ? null : new byte[chosen.Length * length];
        for (int row = 0; row < chosen.Length; row++)
        {
            encoded.Rows(chosen[row] * length, length).CopyTo(states.Rows(row * length, length));
            source.Mask?.AsSpan(chosen[row] * length, length).CopyTo(mask.AsSpan(row * length));
        }

        encoded.Dispose();
        encoded = states;
        source = new EncodedSource(states, length, mask);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        encoded.Dispose();
    }

    /// <inheritdoc/>
    protected override ForwardPass Begin(TokenBatch batch) => model.BeginPass(Computation, batch, Cache) with { Source = source };

    /// <inheritdoc/>
    protected override Tensor Run(ForwardPass pass, TokenBatch batch) => model.Decode(pass, batch);

    /// <inheritdoc/>
    protected override Tensor Project(ForwardPass pass, Tensor hidden) => model.Project(pass, hidden);
}
