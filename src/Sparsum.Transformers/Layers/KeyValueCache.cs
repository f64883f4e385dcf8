using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Keys and values of the tokens that a generation has already seen: per block <c>[batch * capacity, keyValueHeads * headSize]</c>, after
/// rotary embedding. <see cref="Length"/> tokens are filled; a pass appends and then calls <see cref="Advance"/> once.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] keys;
    private readonly Tensor[] values;
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> sources = [];
    private readonly int firstBlock;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Most tokens per sequence.</param>
    /// <param name="widths">For each block <c>keyValueHeads * headSize</c>.</param>
    /// <param name="firstBlock">Index of the first of these blocks within the model.</param>
    public KeyValueCache(int batch, int capacity, IReadOnlyList<int> widths, int firstBlock = 0)
    {
        this.firstBlock = firstBlock;
        Batch = batch;
        Capacity = capacity;
        keys = [.. widths.Select(width => Tensor.Zeros(batch * capacity, width))];
        values = [.. widths.Select(width => Tensor.Zeros(batch * capacity, width))];
    }

    /// <summary>Number of sequences.</summary>
    public int Batch { get; }

    /// <summary>Most tokens per sequence.</summary>
    public int Capacity { get; }

    /// <summary>Tokens per sequence that are filled.</summary>
    public int Length { get; private set; }

    /// <summary>Keys of a block.</summary>
    public Tensor Keys(int block) => keys[block - firstBlock];

    /// <summary>Values of a block.</summary>
    public Tensor Values(int block) => values[block - firstBlock];

    /// <summary>Writes the keys and values of <paramref name="length"/> new tokens per sequence behind those that are there.</summary>
    /// <exception cref="InvalidOperationException">They do not fit.</exception>
    public void Append(int block, Tensor newKeys, Tensor newValues, int length)
    {
        if (Length + length > Capacity)
        {
            throw new InvalidOperationException($"The cache holds {Capacity} tokens; {Length} + {length} do not fit.");
        }

        for (int sequence = 0; sequence < Batch; sequence++)
        {
            newKeys.Rows(sequence * length, length).CopyTo(Keys(block).Rows((sequence * Capacity) + Length, length));
            newValues.Rows(sequence * length, length).CopyTo(Values(block).Rows((sequence * Capacity) + Length, length));
        }
    }

    /// <summary>
    /// Keys and values of the encoded source in a block's cross-attention: computed when first asked for, then kept, since the source
    /// does not change while its target grows.
    /// </summary>
    public (Tensor Keys, Tensor Values) Source(int block, Func<(Tensor Keys, Tensor Values)> compute)
    {
        if (!sources.TryGetValue(block, out var source))
        {
            sources.Add(block, source = compute());
        }

        return source;
    }

    /// <summary>Forgets the tokens, so that a pass computes them again; what belongs to a source stays.</summary>
    public void Restart() => Length = 0;

    /// <summary>Counts the appended tokens as filled.</summary>
    public void Advance(int length) => Length += length;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in keys.Concat(values).Concat(sources.Values.SelectMany(source => new[] { source.Keys, source.Values })))
        {
            tensor.Dispose();
        }
    }
}
