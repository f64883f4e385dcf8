using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Writes what belongs to sources with an encoder and a decoder. Sources share nothing: each of their tokens sees all others.</summary>
internal sealed class SourcePrompts(
    EncoderDecoderModel model, Computation computation, IReadOnlyList<int[]> sources, IReadOnlyList<GenerationOptions> options)
    : PromptModel(model, computation)
{
    /// <inheritdoc/>
    public override int[] FirstTokens(int prompt) => [options[prompt].DecoderStartTokenId ?? model.StartToken];

    /// <inheritdoc/>
    public override BegunPrompt Begin(int prompt)
    {
        var batch = new TokenBatch(sources[prompt], 1);
        using var encoded = model.Encode(model.BeginPass(Computation, batch), batch);
        var cache = model.CreateCache(1, options[prompt].MaxNewTokens, options[prompt].CacheStorage);
        try
        {
            return new BegunPrompt(cache, Pass(FirstTokens(prompt), cache, new EncodedSource(encoded, batch.Length, null)), 0);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override Tensor Run(ForwardPass pass, TokenBatch batch) => model.Decode(pass, batch);

    /// <inheritdoc/>
    protected override Tensor Project(ForwardPass pass, Tensor hidden) => model.Project(pass, hidden);
}
