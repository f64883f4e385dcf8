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
