using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Tests.OneShot;

internal static class Layers
{
    /// <summary>A loaded layer named <c>layer</c>.</summary>
    public static Linear Of(float[] weights, int rows, int columns)
    {
        var parameter = new Parameter("layer.weight", rows, columns);
        parameter.Set(Tensor.From(weights, rows, columns));
        return new Linear(parameter);
    }
}
