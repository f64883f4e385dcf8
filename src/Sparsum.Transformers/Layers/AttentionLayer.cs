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
            var table = Rotary.Table(pass.Positions);
            pass.Computation.RotateInPlace(ref query, HeadCount, table, pass.Positions);
            pass.Computation.RotateInPlace(ref key, KeyValueHeadCount, table, pass.Positions);
        }

        pass.Cache?.Append(block, key, value, pass.Length);
        int keyLength = pass.Length + (pass.Cache?.Length ?? 0);
        using var computed = pass.PositionBias is null ? RelativePositions?.Compute(pass) : null;
        var ofAllHeads = pass.PositionBias ?? computed;
        using var ofKeptHeads = ofAllHeads is null || keptHeads is null ? null : pass.Computation.Gather(ofAllHeads, keptHeads);
        var bias = ofAllHeads is null
            ? null
            : pass.Computation.Reshape(ofKeptHeads ?? ofAllHeads, HeadCount * pass.Length, keyLength);
        var options = Options(pass, keyLength, pass.KeyMask);
        using var scores = Disentangled?.Compute(pass, Query, Key, query, key, options);
        using var context = pass.Computation.Attention(
            query,
            pass.Cache?.Keys(block) ?? key,
            pass.Cache?.Values(block) ?? value,
            scores ?? bias,
            options with
            {
                HasBiasPerSequence = scores is not null,
                KeyCapacity = pass.Cache?.Capacity ?? keyLength,
                Causal = IsCausal,
                Window = Window,
                LookAhead = LookAhead,
            },
            DropoutRate);
        query.Dispose();
        key.Dispose();
        return Output.Forward(pass, context);
    }

    /// <summary>Runs cross-attention of <c>[batch * length, hidden]</c> to the pass's encoded source.</summary>
    /// <exception cref="InvalidOperationException">The pass has none.</exception>
    public Tensor ForwardSource(ForwardPass pass, Tensor input, int block)
    {
        var source = pass.Source ?? throw new InvalidOperationException($"'{Query.Name}' attends to a source, but the pass has none.");
        using var query = Query.Forward(pass, input);
        var (key, value) = pass.Cache?.Source(block, Project) ?? Project();
        using var context = pass.Computation.Attention(query, key, value, null, Options(pass, source.Length, source.Mask), DropoutRate);
        if (pass.Cache is null)
        {
            key.Dispose();
            value.Dispose();
        }

        return Output.Forward(pass, context);

        (Tensor Key, Tensor Value) Project() => (Key.Forward(pass, source.States), Value.Forward(pass, source.States));
    }

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
