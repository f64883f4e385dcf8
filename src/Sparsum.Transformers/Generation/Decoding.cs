using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Generation;

/// <summary>Rows that grow token by token, and the model that says what may come next.</summary>
/// <param name="computation">The operations.</param>
/// <param name="rows">The rows.</param>
/// <param name="cache">Keys and values of earlier tokens; null computes them again. Taken over.</param>
internal abstract class Decoding(Computation computation, PaddedRows rows, KeyValueCache? cache) : IDisposable
{
    /// <summary>The rows.</summary>
    public PaddedRows Rows => rows;

    /// <summary>The operations.</summary>
    protected Computation Computation => computation;

    /// <summary>Keys and values of earlier tokens.</summary>
    protected KeyValueCache? Cache => cache;

    /// <summary>Logits of the token after each row, <c>[batch, vocabulary]</c>.</summary>
    public Tensor NextLogits()
    {
        BeforeStep();
        var batch = rows.From(cache?.Length ?? 0);
        var pass = Begin(batch);
        using var hidden = Run(pass, batch);
        int[] last = [.. Enumerable.Range(1, batch.Batch).Select(row => (row * batch.Length) - 1)];
        using var lastHidden = computation.Gather(hidden, last);
        return Project(pass, lastHidden);
    }

    /// <summary>Goes on with copies of the given rows, their cached keys and values included.</summary>
    public virtual void Select(ReadOnlySpan<int> chosen)
    {
        rows.Select(chosen);
        cache?.Select(chosen);
    }

    /// <inheritdoc/>
    public virtual void Dispose() => cache?.Dispose();

    /// <summary>A chance to give up a cache that no longer holds.</summary>
    protected virtual void BeforeStep()
    {
    }

    /// <summary>Prepares a pass over the new tokens.</summary>
    protected abstract ForwardPass Begin(TokenBatch batch);

    /// <summary>Their finished hidden states.</summary>
    protected abstract Tensor Run(ForwardPass pass, TokenBatch batch);

    /// <summary>The logits of finished hidden states.</summary>
    protected abstract Tensor Project(ForwardPass pass, Tensor hidden);
}
