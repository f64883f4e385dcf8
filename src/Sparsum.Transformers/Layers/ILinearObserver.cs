using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>Sees the input of every linear layer as it runs; how calibration statistics are gathered.</summary>
public interface ILinearObserver
{
    /// <summary>Called before a pass over so many sequences of one length, by whoever gathers statistics of single sequences.</summary>
    void BeginPass(int sequences)
    {
    }

    /// <summary>
    /// Called before <paramref name="layer"/> runs on <paramref name="input"/> <c>[batch * tokens, in]</c>. Layers that share an input are
    /// called one after the other with the same tensor. The input may be read only during the call.
    /// </summary>
    void Observe(Linear layer, Tensor input);

    /// <summary>
    /// Called instead of <see cref="Observe"/> for a layer of an expert, whose input holds only the tokens that were sent to it: of each
    /// sequence of the pass so many rows, one sequence after the other. An expert that no token was sent to is not shown at all.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Its input <c>[tokens, in]</c>.</param>
    /// <param name="tokensOfSequences">Number of rows of each sequence.</param>
    void ObserveSome(Linear layer, Tensor input, IReadOnlyList<int> tokensOfSequences) => Observe(layer, input);
}
