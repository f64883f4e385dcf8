using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Continues prompts with a decoder-only model.</summary>
internal sealed class PromptDecoding : Decoding
{
    private readonly CausalLanguageModel model;

    /// <summary>Begins with the prompts.</summary>
    public PromptDecoding(CausalLanguageModel model, Computation computation, IReadOnlyList<int[]> prompts, GenerationOptions options)
        : this(model, computation, new PaddedRows(prompts, options.PadId, options.MaxNewTokens), options)
    {
    }

    private PromptDecoding(CausalLanguageModel model, Computation computation, PaddedRows rows, GenerationOptions options)
        : base(computation, rows, options.UseCache ? model.CreateCache(rows.Count, rows.Length + options.MaxNewTokens - 1, options.CacheStorage) : null) =>
        this.model = model;

    /// <inheritdoc/>
    protected override void BeforeStep()
    {
        int fresh = Rows.Length - (Cache?.Length ?? 0);
        if (model.CacheBorder is { } border && Rows.Longest > border && Rows.Longest - fresh <= border)
        {
            Cache?.Restart();
        }
    }

    /// <inheritdoc/>
    protected override ForwardPass Begin(TokenBatch batch) => model.BeginPass(Computation, batch, Cache, Rows.KeyMask());

    /// <inheritdoc/>
    protected override Tensor Run(ForwardPass pass, TokenBatch batch) => model.ForwardHidden(pass, batch);

    /// <inheritdoc/>
    protected override Tensor Project(ForwardPass pass, Tensor hidden) => model.Project(pass, hidden);
}
