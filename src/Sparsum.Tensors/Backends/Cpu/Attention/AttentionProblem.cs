namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>Addresses and sizes of one attention call; heads lie side by side in each row and are reached by stride.</summary>
internal sealed unsafe class AttentionProblem
{
    /// <summary><c>[Batch * QueryLength, HeadCount * HeadSize]</c>.</summary>
    public required float* Query { get; init; }

    /// <summary><c>[Batch * KeyCapacity, KeyValueHeadCount * HeadSize]</c>; null where <see cref="Sequences"/> say where keys lie.</summary>
    public float* Key { get; init; }

    /// <summary><c>[Batch * KeyCapacity, KeyValueHeadCount * HeadSize]</c>; null like <see cref="Key"/>.</summary>
    public float* Value { get; init; }

    /// <summary>Where the keys and values of each sequence lie; null where they are tensors.</summary>
    public IReadOnlyList<KeyValueSequence>? Sequences { get; init; }

    /// <summary><c>[HeadCount, QueryLength, KeyLength]</c> or null.</summary>
    public required float* Bias { get; init; }

    /// <summary><c>[Batch, KeyLength]</c> or null.</summary>
    public required byte* KeyMask { get; init; }

    /// <summary><c>[Batch * QueryLength, HeadCount * HeadSize]</c>.</summary>
    public required float* Output { get; init; }

    /// <summary>Sizes, scale and masks.</summary>
    public required AttentionOptions Options { get; init; }

    /// <summary>Floats from a query to the next, in <see cref="Output"/> too.</summary>
    public nint QueryStride => (nint)Options.HeadCount * Options.HeadSize;

    /// <summary>Floats from a key to the next, in <see cref="Value"/> too.</summary>
    public nint KeyStride => (nint)Options.KeyValueHeadCount * Options.HeadSize;

    /// <summary>Where a query of a head starts in <see cref="Query"/> and its context in <see cref="Output"/>.</summary>
    public nint QueryOffset(int sequence, int head, int query) =>
        ((((nint)sequence * Options.QueryLength) + query) * QueryStride) + ((nint)head * Options.HeadSize);

    /// <summary>Where a key that a query head reads starts in <see cref="Key"/> and <see cref="Value"/>.</summary>
    public nint KeyOffset(int sequence, int head, int key) =>
        ((((nint)sequence * Options.KeyCapacity) + key) * KeyStride)
        + ((nint)(head / (Options.HeadCount / Options.KeyValueHeadCount)) * Options.HeadSize);

    /// <summary>How many keys a sequence has.</summary>
    public int KeyLengthOf(int sequence) => Sequences is null ? Options.KeyLength : Sequences[sequence].Length;

    /// <summary>The keys of a head that a query head reads, from a key on.</summary>
    public HeadRows KeysOf(int sequence, int head, int key) =>
        Sequences is null ? Plain(Key, sequence, head, key) : Stored(Sequences[sequence].Keys, sequence, head, key);

    /// <summary>The values of a head that a query head reads, from a key on.</summary>
    public HeadRows ValuesOf(int sequence, int head, int key) =>
        Sequences is null ? Plain(Value, sequence, head, key) : Stored(Sequences[sequence].Values, sequence, head, key);

    /// <summary>The bias of a query, one float per key, or null.</summary>
    public float* BiasOf(int sequence, int head, int query) => Bias is null ? null : Bias + BiasOffset(sequence, head, query);

    /// <summary>Where the bias of a query starts, and its gradient.</summary>
    public nint BiasOffset(int sequence, int head, int query)
    {
        nint block = Options.HasBiasPerSequence ? ((nint)sequence * Options.HeadCount) + head : head;
        return ((block * Options.QueryLength) + query) * Options.KeyLength;
    }

    /// <summary>What a step from key to key adds to the scores of a head.</summary>
    public float SlopeOf(int head) => Options.KeySlopes is { } slopes ? slopes[head] : 0;

    /// <summary>The mask of a sequence, one byte per key, or null.</summary>
    public byte* MaskOf(int sequence) => KeyMask is null ? null : KeyMask + ((nint)sequence * Options.KeyLength);

    /// <summary>The keys from <c>Start</c> to <c>End - 1</c> that causality and window leave to a query of a sequence; empty when there is none.</summary>
    public (int Start, int End) VisibleKeys(int sequence, int query)
    {
        int keys = KeyLengthOf(sequence);
        long place = (long)keys - Options.QueryLength + query;
        long start = Options.Window is { } window ? Math.Max(0, place - window + 1) : 0;
        int? ahead = Options.Causal ? 0 : Options.LookAhead;
        long end = ahead is { } some ? Math.Clamp(place + 1 + some, 0, keys) : keys;
        return ((int)Math.Min(start, end), (int)end);
    }

    private HeadRows Plain(float* rows, int sequence, int head, int key) => new()
    {
        Values = (byte*)(rows + KeyOffset(sequence, head, key)),
        Stride = KeyStride * sizeof(float),
    };

    private HeadRows Stored(KeyValueRows rows, int sequence, int head, int key)
    {
        int keyHead = head / (Options.HeadCount / Options.KeyValueHeadCount);
        nint row = (nint)Sequences![sequence].First + key;
        return new()
        {
            Values = rows.Values + (((row * rows.Columns) + (keyHead * rows.HeadSize)) * rows.ElementBytes),
            Stride = (nint)rows.Columns * rows.ElementBytes,
            Factors = rows.Factors is null ? null : rows.Factors + (row * rows.HeadCount) + keyHead,
            FactorStride = rows.HeadCount,
        };
    }
}
