namespace Sparsum.Transformers.Layers;

/// <summary>
/// Where in a checkpoint a parameter's values lie. Most parameters are a tensor of their own; fused ones (GPT-2's <c>c_attn</c>,
/// GPT-NeoX's <c>query_key_value</c>) share one.
/// </summary>
/// <param name="TensorName">The checkpoint tensor under its Hugging Face name.</param>
public sealed record ParameterSource(string TensorName)
{
    /// <summary>Other names under which the tensor may be stored: a head that is tied to the embeddings.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whether the tensor is stored <c>[in, out]</c>, as GPT-2's <c>Conv1D</c> is.</summary>
    public bool IsTransposed { get; init; }

    /// <summary>
    /// For a part of a fused tensor: for each output feature of the parameter its output feature in the tensor; null for a whole tensor.
    /// </summary>
    public int[]? OutputFeatures { get; init; }

    /// <summary>Number of output features of the whole fused tensor; 0 for a whole tensor.</summary>
    public int FusedOutputFeatures { get; init; }
}
