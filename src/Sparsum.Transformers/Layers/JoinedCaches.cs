using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>The caches of several sequences, each as long as it is, for a pass over one new token of each.</summary>
/// <param name="caches">A cache for each sequence; they stay the caller's.</param>
public sealed class JoinedCaches(IReadOnlyList<KeyValueCache> caches) : IKeyValueCache
{
    /// <inheritdoc/>
    public IReadOnlyList<int> Lengths => [.. caches.Select(cache => cache.Length)];

    /// <inheritdoc/>
    public int Length => caches.Max(cache => cache.Length);

    /// <inheritdoc/>
    public bool IsUneven => true;

    /// <inheritdoc/>
    public void Append(int block, Tensor newKeys, Tensor newValues, int length)
    {
        for (int i = 0; i < caches.Count; i++)
        {
            caches[i].Append(block, newKeys.Rows(i * length, length), newValues.Rows(i * length, length), length);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValueSequence> Sequences(int block, int added) => [.. caches.SelectMany(cache => cache.Sequences(block, added))];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A sequence has not met its source yet, which it must do alone.</exception>
    public IReadOnlyList<KeyValueSequence> Source(int block, int headSize, Func<(Tensor Keys, Tensor Values)> compute) =>
    [
        .. caches.SelectMany(cache => cache.Source(
            block, headSize, () => throw new InvalidOperationException($"Block {block} has not seen the source of a sequence."))),
    ];

    /// <inheritdoc/>
    public void Advance(int length)
    {
        foreach (var cache in caches)
        {
            cache.Advance(length);
        }
    }
}
