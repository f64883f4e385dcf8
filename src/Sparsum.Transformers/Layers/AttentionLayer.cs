using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>Multi-head attention, grouped-query when there are fewer key/value heads: of a stack to itself, or to an encoder's states.</summary>
public sealed partial class AttentionLayer
{
    /// <summary>Projects to queries <c>[HeadCount * HeadSize, hidden]</c>.</summary>
    public required Linear Query { get; init; }

    /// <summary>Projects to keys <c>[KeyValueHeadCount * HeadSize, hidden]</c>.</summary>
    public required Linear Key { get; init; }

    /// <summary>Projects to values <c>[KeyValueHeadCount * HeadSize, hidden]</c>.</summary>
    public required Linear Value { get; init; }

    /// <summary>Projects the context back <c>[hidden, HeadCount * HeadSize]</c>.</summary>
    public required Linear Output { get; init; }

    /// <summary>Query heads.</summary>
    public required int HeadCount { get => headCount; init => headCount = value; }

    /// <summary>Key/value heads.</summary>
    public required int KeyValueHeadCount { get => keyValueHeadCount; init => keyValueHeadCount = value; }

    /// <summary>Width of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Factor on the scores; <c>1/√HeadSize</c> unless the architecture says otherwise.</summary>
    public required float Scale { get; init; }

    /// <summary>Whether a token sees only itself and what came before.</summary>
    public bool IsCausal { get; init; }

    /// <summary>Sliding window in tokens; null sees all.</summary>
    public int? Window { get; init; }

    /// <summary>How many tokens after itself a token sees; null sees all, or none where attention is causal.</summary>
    public int? LookAhead { get; init; }

    /// <summary>Relative positions, which add to the scores (T5); null when positions enter elsewhere.</summary>
    public RelativePositions? RelativePositions { get; init; }

    /// <summary>Relative positions that meet contents (DeBERTa); null when positions enter elsewhere.</summary>
    public DisentangledPositions? Disentangled { get; init; }

    /// <summary>Dropout of the probabilities, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>Rotary embedding of queries and keys; null when positions enter elsewhere.</summary>
    public RotaryEmbedding? Rotary { get; init; }

    /// <summary>Bounds scaled scores (Gemma 2): <c>cap * tanh(score / cap)</c>; null leaves them as they are.</summary>
    public float? SoftCap { get; init; }

    /// <summary>What a step from key to key adds to the scores of each head (ALiBi), for the heads as they were before any was removed.</summary>
    public float[]? KeySlopes { get; init; }

    /// <summary>Norm before rotation over each query head (Qwen3), or over all of a token's queries (OLMo 2); usually null.</summary>
    public Normalization? QueryNorm { get; init; }

    /// <summary>The same over keys.</summary>
    public Normalization? KeyNorm { get; init; }

    /// <summary>The linear layers in module order.</summary>
    public IReadOnlyList<Linear> Linears => [Query, Key, Value, Output];

    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters =>
        [.. Linears.SelectMany(linear => linear.Parameters), .. QueryNorm?.Parameters ?? [], .. KeyNorm?.Parameters ?? []];

    /// <summary>Runs self-attention over <c>[batch * length, hidden]</c>.</summary>
    public Tensor Forward(ForwardPass pass, Tensor input, int block)
    {
        var query = Query.Forward(pass, input);
        var key = Key.Forward(pass, input);
        using var value = Value.Forward(pass, input);
        Normalize(pass, ref query, QueryNorm);
        Normalize(pass, ref key, KeyNorm);
        if (Rotary is not null)
        {
            Rotate(pass, Rotary, ref query, HeadCount);
            Rotate(pass, Rotary, ref key, KeyValueHeadCount);
        }

        pass.Cache?.Append(block, key, value, pass.Length);
        int keyLength = pass.Length + (pass.Cache?.Length ?? 0);
        using var computed = pass.PositionBias is null ? RelativePositions?.Compute(pass) : null;
        var ofAllHeads = pass.PositionBias ?? computed;
        bool isUneven = pass.Cache is { IsUneven: true };
        int biases = isUneven ? pass.Batch : 1;
        using var ofKeptHeads = ofAllHeads is null || keptHeads is null ? null : pass.Computation.Gather(ofAllHeads, RowsOfKeptHeads(biases));
        var bias = ofAllHeads is null
            ? null
            : pass.Computation.Reshape(ofKeptHeads ?? ofAllHeads, biases * HeadCount * pass.Length, keyLength);
        var options = Options(pass, keyLength, pass.KeyMask);
        using var scores = Disentangled?.Compute(pass, Query, Key, query, key, options);
        options = options with
        {
            HasBiasPerSequence = scores is not null || isUneven,
            Causal = IsCausal,
            Window = Window,
            LookAhead = LookAhead,
        };
        using var context = pass.Cache is null
            ? pass.Computation.Attention(query, key, value, scores ?? bias, options, DropoutRate)
            : pass.Computation.CachedAttention(query, pass.Cache.Sequences(block, pass.Length), scores ?? bias, options);
        query.Dispose();
        key.Dispose();
        return Output.Forward(pass, context);
    }

    /// <summary>Runs cross-attention of <c>[batch * length, hidden]</c> to the pass's encoded source.</summary>
    /// <exception cref="InvalidOperationException">The pass has none, and no cache that knows it.</exception>
    public Tensor ForwardSource(ForwardPass pass, Tensor input, int block)
    {
        using var query = Query.Forward(pass, input);
        using var context = pass.Cache is null ? AttendToSource(pass, query) : AttendToCachedSource(pass, pass.Cache, query, block);
        return Output.Forward(pass, context);
    }

    private Tensor AttendToSource(ForwardPass pass, Tensor query)
    {
        var (key, value) = ProjectSource(pass);
        var source = pass.Source!;
        var context = pass.Computation.Attention(query, key, value, null, Options(pass, source.Length, source.Mask), DropoutRate);
        key.Dispose();
        value.Dispose();
        return context;
    }

    private Tensor AttendToCachedSource(ForwardPass pass, IKeyValueCache cache, Tensor query, int block)
    {
        var sequences = cache.Source(block, HeadSize, () => ProjectSource(pass));
        return pass.Computation.CachedAttention(query, sequences, null, Options(pass, sequences.Max(sequence => sequence.Length), pass.Source?.Mask));
    }

    private (Tensor Key, Tensor Value) ProjectSource(ForwardPass pass)
    {
        var source = pass.Source ?? throw new InvalidOperationException($"'{Query.Name}' attends to a source, but the pass has none.");
        return (Key.Forward(pass, source.States), Value.Forward(pass, source.States));
    }

    /// <summary>Rotates heads; where each token stands alone, its position decides the frequencies, not the largest of the pass.</summary>
    private static void Rotate(ForwardPass pass, RotaryEmbedding rotary, ref Tensor heads, int count)
    {
        if (rotary.Long is null || !pass.IsRowwise)
        {
            pass.Computation.RotateInPlace(ref heads, count, rotary.Table(pass.Positions), pass.Positions);
            return;
        }

        for (int token = 0; token < pass.Positions.Length; token++)
        {
            int[] position = [pass.Positions[token]];
            pass.Computation.Backend.Rotate(heads.Rows(token, 1), count, rotary.Table(position), position);
        }
    }

    /// <summary>The kept heads' rows of a bias of all heads of so many sequences.</summary>
    private int[] RowsOfKeptHeads(int sequences) =>
        [.. Enumerable.Range(0, sequences).SelectMany(sequence => keptHeads!.Select(head => (sequence * OriginalHeadCount) + head))];

    private AttentionOptions Options(ForwardPass pass, int keyLength, byte[]? keyMask) => new()
    {
        Batch = pass.Batch,
        QueryLength = pass.Length,
        KeyLength = keyLength,
        KeyCapacity = keyLength,
        HeadCount = HeadCount,
        KeyValueHeadCount = KeyValueHeadCount,
        HeadSize = HeadSize,
        Scale = Scale,
        KeyMask = keyMask,
        SoftCap = SoftCap,
        KeySlopes = KeySlopes is null || keptHeads is null ? KeySlopes : [.. keptHeads.Select(head => KeySlopes[head])],
    };

    private static void Normalize(ForwardPass pass, ref Tensor heads, Normalization? norm)
    {
        if (norm is null)
        {
            return;
        }

        var normalized = norm.Forward(pass, heads);
        heads.Dispose();
        heads = normalized;
    }
}
