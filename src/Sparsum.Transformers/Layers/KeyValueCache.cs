using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Keys and values of the tokens that a generation has already seen: per block <c>[batch * capacity, keyValueHeads * headSize]</c>, after
/// rotary embedding, in one of the storages of <see cref="KeyValueRows"/>. <see cref="Length"/> tokens are filled; a pass appends and then calls
/// <see cref="Advance"/> once.
/// </summary>
public sealed class KeyValueCache : IKeyValueCache, IDisposable
{
    private readonly KeyValueRows[] keys;
    private readonly KeyValueRows[] values;
    private readonly Dictionary<int, (KeyValueRows Keys, KeyValueRows Values)> sources;
    private readonly bool ownsSources = true;
    private readonly int firstBlock;
    private readonly (int HeadCount, int HeadSize)[] shapes;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="batch">Number of sequences.</param>
    /// <param name="capacity">Most tokens per sequence.</param>
    /// <param name="shapes">The key/value heads of each block.</param>
    /// <param name="storage">How numbers are held: one of <see cref="KeyValueRows.Storages"/>.</param>
    /// <param name="firstBlock">Index of the first of these blocks within the model.</param>
    /// <exception cref="ArgumentOutOfRangeException">Keys and values are not held in this storage.</exception>
    public KeyValueCache(
        int batch,
        int capacity,
        IReadOnlyList<(int HeadCount, int HeadSize)> shapes,
        StorageType storage = StorageType.Float32,
        int firstBlock = 0)
        : this(batch, capacity, [.. shapes], storage, firstBlock, [])
    {
    }

    private KeyValueCache(
        int batch,
        int capacity,
        (int HeadCount, int HeadSize)[] shapes,
        StorageType storage,
        int firstBlock,
        Dictionary<int, (KeyValueRows Keys, KeyValueRows Values)> sources)
    {
        (Batch, Capacity, Storage) = (batch, capacity, storage);
        (this.shapes, this.firstBlock, this.sources) = (shapes, firstBlock, sources);
        keys = [.. shapes.Select(shape => new KeyValueRows(checked(batch * capacity), shape.HeadCount, shape.HeadSize, storage))];
        values = [.. shapes.Select(shape => new KeyValueRows(checked(batch * capacity), shape.HeadCount, shape.HeadSize, storage))];
    }

    // Beside another cache of the same source.
    private KeyValueCache(KeyValueCache sibling)
        : this(sibling.Batch, sibling.Capacity, sibling.shapes, sibling.Storage, sibling.firstBlock, sibling.sources) => ownsSources = false;

    /// <summary>Number of sequences.</summary>
    public int Batch { get; private set; }

    /// <summary>Most tokens per sequence.</summary>
    public int Capacity { get; }

    /// <summary>How numbers are held.</summary>
    public StorageType Storage { get; }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Lengths => [.. Enumerable.Repeat(Length, Batch)];

    /// <inheritdoc/>
    public bool IsUneven => false;

    /// <summary>Memory of keys and values, those of sources included if they are this cache's.</summary>
    public long ByteCount => Owned.Sum(rows => rows.ByteCount);

    private IEnumerable<KeyValueRows> Owned =>
        keys.Concat(values).Concat(ownsSources ? sources.Values.SelectMany(source => new[] { source.Keys, source.Values }) : []);

    /// <summary>Keys of a block.</summary>
    public KeyValueRows Keys(int block) => keys[block - firstBlock];

    /// <summary>Values of a block.</summary>
    public KeyValueRows Values(int block) => values[block - firstBlock];

    /// <inheritdoc/>
    public void Append(int block, Tensor newKeys, Tensor newValues, int length)
    {
        if (Length + length > Capacity)
        {
            throw new InvalidOperationException($"The cache holds {Capacity} tokens; {Length} + {length} do not fit.");
        }

        for (int sequence = 0; sequence < Batch; sequence++)
        {
            Keys(block).Write((sequence * Capacity) + Length, newKeys.Rows(sequence * length, length));
            Values(block).Write((sequence * Capacity) + Length, newValues.Rows(sequence * length, length));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValueSequence> Sequences(int block, int added) => Split(Keys(block), Values(block), Capacity, Length + added);

    /// <inheritdoc/>
    public IReadOnlyList<KeyValueSequence> Source(int block, int headSize, Func<(Tensor Keys, Tensor Values)> compute)
    {
        if (!sources.TryGetValue(block, out var source))
        {
            var (newKeys, newValues) = compute();
            using (newKeys)
            using (newValues)
            {
                sources.Add(block, source = (Hold(newKeys), Hold(newValues)));
            }
        }

        int length = source.Keys.RowCount / Batch;
        return Split(source.Keys, source.Values, length, length);

        KeyValueRows Hold(Tensor tensor)
        {
            var rows = new KeyValueRows(tensor.RowCount, tensor.Columns / headSize, headSize, Storage);
            rows.Write(0, tensor);
            return rows;
        }
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

    /// <summary>
    /// An empty cache of the same size that reads the same source. It must not outlive this one, and neither may then be given to
    /// <see cref="Select(ReadOnlySpan{int})"/>.
    /// </summary>
    public KeyValueCache CreateSibling() => new(this);

    /// <summary>Copies tokens of the first sequence into that of another cache of the same blocks and storage, to a place from which on it is empty.</summary>
    /// <param name="start">The first token.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Where to.</param>
    /// <param name="targetStart">Its number of tokens before; those behind are forgotten.</param>
    public void Copy(int start, int count, KeyValueCache target, int targetStart)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i].Copy(start, count, target.keys[i], targetStart);
            values[i].Copy(start, count, target.values[i], targetStart);
        }

        target.Length = targetStart + count;
    }

    /// <summary>Forgets the tokens, so that a pass computes them again; what belongs to a source stays.</summary>
    public void Restart() => Length = 0;

    /// <inheritdoc/>
    public void Advance(int length) => Length += length;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in Owned)
        {
            rows.Dispose();
        }
    }

    private KeyValueSequence[] Split(KeyValueRows keyRows, KeyValueRows valueRows, int stride, int length) =>
        [.. Enumerable.Range(0, Batch).Select(sequence => new KeyValueSequence(keyRows, valueRows, sequence * stride, length))];

    private KeyValueRows Select(KeyValueRows rows, ReadOnlySpan<int> sequences, int stride, int length)
    {
        if (sequences.Length != Batch)
        {
            var selected = new KeyValueRows(sequences.Length * stride, rows.HeadCount, rows.HeadSize, rows.Storage);
            for (int i = 0; i < sequences.Length; i++)
            {
                rows.Copy(sequences[i] * stride, length, selected, i * stride);
            }

            rows.Dispose();
            return selected;
        }

        // In place, by way of a copy of what is read, since a sequence may be overwritten before it is read.
        var moved = new Dictionary<int, KeyValueRows>();
        for (int i = 0; i < sequences.Length; i++)
        {
            if (sequences[i] != i && !moved.ContainsKey(sequences[i]))
            {
                var copy = new KeyValueRows(length, rows.HeadCount, rows.HeadSize, rows.Storage);
                rows.Copy(sequences[i] * stride, length, copy, 0);
                moved.Add(sequences[i], copy);
            }
        }

        for (int i = 0; i < sequences.Length; i++)
        {
            if (sequences[i] != i)
            {
                moved[sequences[i]].Copy(0, length, rows, i * stride);
            }
        }

        foreach (var copy in moved.Values)
        {
            copy.Dispose();
        }

        return rows;
    }
}
