using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary>
/// Both gradients of <c>activation(gate) * up</c>, given that of the product; either may take the place of the given one.
/// </summary>
internal readonly unsafe struct GateGradientKernel<TActivation>(
    float* gate, float* up, float* gradient, float* gateGradient, float* upGradient, nint count) : IKernel
    where TActivation : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            var (g, u, d) = (T.Load(gate + i), T.Load(up + i), T.Load(gradient + i));
            (TActivation.Derivative(g) * (u * d)).Store(gateGradient + i);
            (TActivation.Apply(g) * d).Store(upGradient + i);
        }

        if (i < count)
        {
            nint rest = count - i;
            var (g, u, d) = (Tail.Load<T>(gate + i, rest), Tail.Load<T>(up + i, rest), Tail.Load<T>(gradient + i, rest));
            Tail.Store(TActivation.Derivative(g) * (u * d), gateGradient + i, rest);
            Tail.Store(TActivation.Apply(g) * d, upGradient + i, rest);
        }
    }
}
