using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>Keys and values of the tokens that the sequences of a pass have behind them, as its layers use them.</summary>
public interface IKeyValueCache
{
    /// <summary>Tokens of each sequence that are filled.</summary>
    IReadOnlyList<int> Lengths { get; }

    /// <summary>Tokens of the longest sequence that are filled.</summary>
    int Length { get; }

    /// <summary>Whether each sequence has its own length; such a pass adds one token to each.</summary>
    bool IsUneven { get; }

    /// <summary>Writes the keys and values of <paramref name="length"/> new tokens per sequence behind those that are there.</summary>
    /// <exception cref="InvalidOperationException">They do not fit.</exception>
    void Append(int block, Tensor newKeys, Tensor newValues, int length);

    /// <summary>Where the keys and values of a block lie, those of <paramref name="added"/> tokens per sequence that were appended included.</summary>
    IReadOnlyList<KeyValueSequence> Sequences(int block, int added);

    /// <summary>
    /// Keys and values of the encoded source in a block's cross-attention: computed when first asked for, then kept, since the source
    /// does not change while its target grows.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="compute">Gives them as tensors <c>[batch * source length, heads * headSize]</c>.</param>
    IReadOnlyList<KeyValueSequence> Source(int block, int headSize, Func<(Tensor Keys, Tensor Values)> compute);

    /// <summary>Counts the appended tokens as filled.</summary>
    void Advance(int length);
}
