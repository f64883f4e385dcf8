using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>A model that prompts are continued with, each in caches of its own.</summary>
/// <param name="model">The model.</param>
/// <param name="computation">The operations.</param>
internal abstract class PromptModel(TransformerModel model, Computation computation) : IDisposable
{
    /// <summary>The operations.</summary>
    protected Computation Computation => computation;

    /// <summary>The tokens before the first new one.</summary>
    public abstract int[] FirstTokens(int prompt);

    /// <summary>Computes the keys and values of a prompt, alone. Cache and logits become the caller's.</summary>
    public abstract BegunPrompt Begin(int prompt);

    /// <summary>Logits of the token after each row, <c>[rows, vocabulary]</c>: with the bits that a row would have alone.</summary>
    /// <param name="rows">The tokens of each row, of which the last has no keys and values yet.</param>
    /// <param name="caches">The keys and values of those before.</param>
    public Tensor NextLogits(IReadOnlyList<List<int>> rows, IReadOnlyList<KeyValueCache> caches)
    {
        int[] stale = [.. Enumerable.Range(0, rows.Count).Where(row => IsStale(rows[row].Count, caches[row]))];
        if (stale.Length == 0)
        {
            return Step(rows, caches);
        }

        int[] others = [.. Enumerable.Range(0, rows.Count).Except(stale)];
        var logits = Tensor.Allocate(rows.Count, model.VocabularySize);
        foreach (int row in stale)
        {
            caches[row].Restart();
            using var own = Pass([.. rows[row]], caches[row]);
            own.Row(0).CopyTo(logits.Row(row));
        }

        if (others.Length > 0)
        {
            using var together = Step([.. others.Select(row => rows[row])], [.. others.Select(row => caches[row])]);
            for (int i = 0; i < others.Length; i++)
            {
                together.Row(i).CopyTo(logits.Row(others[i]));
            }
        }

        return logits;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Whether the keys of a row of some length no longer hold.</summary>
    protected virtual bool IsStale(int length, KeyValueCache cache) => false;

    /// <summary>The finished states of a pass.</summary>
    protected abstract Tensor Run(ForwardPass pass, TokenBatch batch);

    /// <summary>The logits of finished states.</summary>
    protected abstract Tensor Project(ForwardPass pass, Tensor hidden);

    /// <summary>Runs tokens of one row behind what its cache has, and gives the logits after the last of them.</summary>
    protected Tensor Pass(int[] tokens, KeyValueCache cache, EncodedSource? source = null)
    {
        var batch = new TokenBatch(tokens, 1) { Positions = [.. Enumerable.Range(cache.Length, tokens.Length)] };
        var pass = model.BeginPass(computation, batch, cache) with { Source = source };
        using var hidden = Run(pass, batch);
        using var last = computation.Gather(hidden, [tokens.Length - 1]);
        return Project(pass with { IsRowwise = true }, last);
    }

    private Tensor Step(IReadOnlyList<List<int>> rows, IReadOnlyList<KeyValueCache> caches)
    {
        var batch = new TokenBatch([.. rows.Select(row => row[^1])], rows.Count) { Positions = [.. rows.Select(row => row.Count - 1)] };
        var pass = model.BeginPass(computation, batch, new JoinedCaches(caches)) with { IsRowwise = true };
        using var hidden = Run(pass, batch);
        return Project(pass, hidden);
    }
}

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
