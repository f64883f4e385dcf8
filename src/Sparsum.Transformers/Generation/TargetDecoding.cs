using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Writes the targets of sources with an encoder and a decoder; the sources are encoded once.</summary>
internal sealed class TargetDecoding : Decoding
{
    private readonly EncoderDecoderModel model;
    private readonly Tensor encoded;
    private readonly EncodedSource source;

    /// <summary>Encodes the sources and begins every target with the model's start token.</summary>
    public TargetDecoding(EncoderDecoderModel model, Computation computation, IReadOnlyList<int[]> sources, GenerationOptions options)
        : base(
            computation,
            new PaddedRows([.. sources.Select(_ => new[] { model.StartToken })], options.PadId, options.MaxNewTokens),
            options.UseCache ? model.CreateCache(sources.Count, options.MaxNewTokens) : null)
    {
        this.model = model;
        var batch = TokenBatch.Pad(sources, options.PadId);
        encoded = model.Encode(model.BeginPass(computation, batch), batch);
        source = new EncodedSource(encoded, batch.Length, batch.AttentionMask);
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
