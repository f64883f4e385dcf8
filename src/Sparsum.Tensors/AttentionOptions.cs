namespace Sparsum.Tensors;

/// <summary>
/// Shapes and masks of one attention call. Queries are <c>[Batch * QueryLength, HeadCount * HeadSize]</c>; keys and values are
/// <c>[Batch * KeyCapacity, KeyValueHeadCount * HeadSize]</c>, of which the first <see cref="KeyLength"/> rows of each sequence count.
/// </summary>
public sealed record AttentionOptions
{
    /// <summary>Number of sequences.</summary>
    public required int Batch { get; init; }

    /// <summary>Queries per sequence.</summary>
    public required int QueryLength { get; init; }

    /// <summary>Keys per sequence that are in use.</summary>
    public required int KeyLength { get; init; }

    /// <summary>Rows between the keys of one sequence and the next: <see cref="KeyLength"/>, or the size of a key/value cache.</summary>
    public required int KeyCapacity { get; init; }

    /// <summary>Query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key/value heads; query head <c>h</c> reads key head <c>h / (HeadCount / KeyValueHeadCount)</c>.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Factor on the scores, usually <c>1/√HeadSize</c>.</summary>
    public required float Scale { get; init; }

    /// <summary>
    /// Whether query <c>i</c> sees only keys up to its own place, which is <c>KeyLength - QueryLength + i</c>.
    /// </summary>
    public bool Causal { get; init; }

    /// <summary>With a window <c>w</c> a query at place <c>p</c> sees keys <c>j</c> with <c>p - w &lt; j</c>; null sees all.</summary>
    public int? Window { get; init; }

    /// <summary>Without <see cref="Causal"/>: a query at place <c>p</c> sees keys up to <c>p + LookAhead</c>; null sees all.</summary>
    public int? LookAhead { get; init; }

    /// <summary>Whether every sequence has a bias of its own; otherwise all share one.</summary>
    public bool HasBiasPerSequence { get; init; }

    /// <summary>
    /// <c>[Batch, KeyLength]</c>, 1 where a key may be seen and 0 where it is padding; null sees all. A query that may see no key at
    /// all attends to every key alike, as stacks with an additive finite mask do.
    /// </summary>
    public byte[]? KeyMask { get; init; }

    /// <summary>
    /// Bounds the scaled scores before bias and mask: <c>cap * tanh(score / cap)</c> (Gemma 2); null leaves them as they are.
    /// </summary>
    public float? SoftCap { get; init; }

    /// <summary>
    /// For each head what a step from a key to the next adds to the score (ALiBi, Press et al. 2022, section 3): key <c>j</c> gets
    /// <c>KeySlopes[head] * place</c>, where its place counts the keys before it that the mask shows. Null adds nothing.
    /// </summary>
    public float[]? KeySlopes { get; init; }

    /// <summary>Dropout of the probabilities, in training; null drops nothing.</summary>
    public AttentionDropout? Dropout { get; init; }
}
