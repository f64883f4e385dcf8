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
}
