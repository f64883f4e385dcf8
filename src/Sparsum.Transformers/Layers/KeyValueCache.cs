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
    public int Batch { get; private set; }

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

    /// <summary>
    /// Goes on with copies of the given sequences. What belongs to a source is copied only when the number of sequences changes: otherwise
    /// each sequence must come from one with the same source, as the beams of a search do.
    /// </summary>
    public void Select(ReadOnlySpan<int> sequences)
    {
        bool isResized = sequences.Length != Batch;
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = Select(keys[i], sequences, Capacity, Length);
            values[i] = Select(values[i], sequences, Capacity, Length);
        }

        foreach (int block in isResized ? [.. sources.Keys] : Array.Empty<int>())
        {
            var (sourceKeys, sourceValues) = sources[block];
            int length = sourceKeys.RowCount / Batch;
            sources[block] = (Select(sourceKeys, sequences, length, length), Select(sourceValues, sequences, length, length));
        }

        Batch = sequences.Length;
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

    private Tensor Select(Tensor tensor, ReadOnlySpan<int> sequences, int stride, int length)
    {
        if (sequences.Length != Batch)
        {
            var selected = Tensor.Zeros(sequences.Length * stride, tensor.Columns);
            for (int i = 0; i < sequences.Length; i++)
            {
                tensor.Rows(sequences[i] * stride, length).CopyTo(selected.Rows(i * stride, length));
            }

            tensor.Dispose();
            return selected;
        }

        // In place, by way of a copy of what is read, since a sequence may be overwritten before it is read.
        var moved = new Dictionary<int, float[]>();
        for (int i = 0; i < sequences.Length; i++)
        {
            if (sequences[i] != i && !moved.ContainsKey(sequences[i]))
            {
                moved.Add(sequences[i], tensor.Rows(sequences[i] * stride, length).ToArray());
            }
        }

        for (int i = 0; i < sequences.Length; i++)
        {
            if (sequences[i] != i)
            {
                moved[sequences[i]].CopyTo(tensor.Rows(i * stride, length).Span);
            }
        }

        return tensor;
    }
}
