namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>Addresses and sizes of one attention call; heads lie side by side in each row and are reached by stride.</summary>
internal sealed unsafe class AttentionProblem
{
    /// <summary><c>[Batch * QueryLength, HeadCount * HeadSize]</c>.</summary>
    public required float* Query { get; init; }

    /// <summary><c>[Batch * KeyCapacity, KeyValueHeadCount * HeadSize]</c>.</summary>
    public required float* Key { get; init; }

    /// <summary><c>[Batch * KeyCapacity, KeyValueHeadCount * HeadSize]</c>.</summary>
    public required float* Value { get; init; }

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

    /// <summary>The keys from <c>Start</c> to <c>End - 1</c> that causality and window leave to a query; empty when there is none.</summary>
    public (int Start, int End) VisibleKeys(int query)
    {
        long place = (long)Options.KeyLength - Options.QueryLength + query;
        long start = Options.Window is { } window ? Math.Max(0, place - window + 1) : 0;
        int? ahead = Options.Causal ? 0 : Options.LookAhead;
        long end = ahead is { } some ? Math.Clamp(place + 1 + some, 0, Options.KeyLength) : Options.KeyLength;
        return ((int)Math.Min(start, end), (int)end);
    }
}
