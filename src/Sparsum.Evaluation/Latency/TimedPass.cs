using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Latency;

/// <summary>One model, made ready so that <see cref="Run"/> does the timed work and no more.</summary>
internal sealed class TimedPass : IDisposable
{
    private readonly TransformerModel model;
    private readonly Computation computation;
    private readonly KeyValueCache? cache;
    private readonly TokenBatch batch;

    public TimedPass(TransformerModel model, LatencyOptions options, IBackend backend)
    {
        this.model = model;
        computation = new Computation(backend);
        var prompt = Tokens(options.Batch, options.Length);
        if (options.Kind == LatencyKind.Prefill)
        {
            batch = prompt;
            return;
        }

        cache = new KeyValueCache(
            options.Batch, options.Positions, [.. model.Blocks.Select(block => (block.Attention.KeyValueHeadCount, block.Attention.HeadSize))], options.Cache);
        using var hidden = model.ForwardHidden(model.BeginPass(computation, prompt, cache), prompt);
        batch = Tokens(options.Batch, 1);
    }

    /// <summary>One pass up to the outputs of the head.</summary>
    public void Run()
    {
        using var logits = model.Forward(model.BeginPass(computation, batch, cache), batch);
    }

    public void Dispose()
    {
        cache?.Dispose();
        computation.Dispose();
    }

    /// <summary>Ids that spread over the vocabulary; which ones they are does not change the work.</summary>
    private TokenBatch Tokens(int sequences, int length) =>
        new([.. Enumerable.Range(0, sequences * length).Select(i => (int)(i * 7919L % model.VocabularySize))], sequences);
}
