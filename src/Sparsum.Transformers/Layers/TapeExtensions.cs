using Sparsum.Tensors.Autograd;

namespace Sparsum.Transformers.Layers;

/// <summary>Connects parameters with the tape that records a training step.</summary>
public static class TapeExtensions
{
    /// <summary>Watches every parameter that has a gradient; the others are frozen and cost nothing in backward.</summary>
    /// <exception cref="InvalidOperationException">A parameter that has a gradient has no values.</exception>
    public static void Watch(this Tape tape, IEnumerable<Parameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.Gradient is { } gradient)
            {
                tape.Watch(parameter.Value, gradient);
            }
        }
    }
}
