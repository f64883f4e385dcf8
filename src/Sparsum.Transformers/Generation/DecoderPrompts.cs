using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Continues prompts with a decoder-only model; what they begin with alike is computed once.</summary>
internal sealed class DecoderPrompts : PromptModel
{
    private readonly CausalLanguageModel model;
    private readonly IReadOnlyList<int[]> prompts;
    private readonly IReadOnlyList<GenerationOptions> options;
    private readonly SharedPrefixes prefixes;
    private readonly int[][] pieces;

    /// <summary>Takes all prompts at once, to see what they share.</summary>
    public DecoderPrompts(CausalLanguageModel model, Computation computation, IReadOnlyList<int[]> prompts, IReadOnlyList<GenerationOptions> options)
        : base(model, computation)
    {
        (this.model, this.prompts, this.options) = (model, prompts, options);
        prefixes = new SharedPrefixes(() => model.CreateCache(1, SharedPrefixes.PieceLength, options[0].CacheStorage));
        pieces = [.. prompts.Select(prompt => IsIndivisible(prompt) ? [] : prefixes.Announce(prompt))];
    }

    /// <inheritdoc/>
    public override int[] FirstTokens(int prompt) => prompts[prompt];

    /// <inheritdoc/>
    public override BegunPrompt Begin(int prompt)
    {
        int[] tokens = prompts[prompt];
        var cache = model.CreateCache(1, tokens.Length + options[prompt].MaxNewTokens - 1, options[prompt].CacheStorage);
        try
        {
            int shared = prefixes.Restore(pieces[prompt], cache);
            int step = IsIndivisible(tokens) ? tokens.Length : SharedPrefixes.PieceLength;
            int start = shared;
            for (; start + step < tokens.Length; start += step)
            {
                RunPiece(tokens[start..(start + step)], cache);
            }

            prefixes.Keep(pieces[prompt], cache);
            prefixes.Release(pieces[prompt]);
            return new BegunPrompt(cache, Pass(tokens[start..], cache), shared);
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => prefixes.Dispose();

    /// <inheritdoc/>
    protected override bool IsStale(int length, KeyValueCache cache) => model.CacheBorder is { } border && length > border && cache.Length <= border;

    /// <inheritdoc/>
    protected override Tensor Run(ForwardPass pass, TokenBatch batch) => model.ForwardHidden(pass, batch);

    /// <inheritdoc/>
    protected override Tensor Project(ForwardPass pass, Tensor hidden) => model.Project(pass, hidden);

    private void RunPiece(int[] tokens, KeyValueCache cache)
    {
        var batch = new TokenBatch(tokens, 1) { Positions = [.. Enumerable.Range(cache.Length, tokens.Length)] };
        Run(model.BeginPass(Computation, batch, cache), batch).Dispose();
    }

    /// <summary>Whether the length of a prompt decides how all of its tokens are rotated, so that they must go through the model together.</summary>
    private bool IsIndivisible(int[] prompt) =>
        model.Blocks.Any(block => block.Attention.Rotary?.Long is { } rotary && prompt.Length > rotary.Beyond);
}
