using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>The activations on raw memory, on the calling thread.</summary>
internal static unsafe class ActivationKernels
{
    /// <summary>The activation of each value, in place.</summary>
    public static void Apply(Activation activation, float* values, int count)
    {
        if (activation != Activation.Identity)
        {
            Apply(activation, values, values, count);
        }
    }

    /// <summary><c>output[i] = activation(input[i])</c>; the two may be the same memory.</summary>
    public static void Apply(Activation activation, float* input, float* output, nint count)
    {
        switch (activation)
        {
            case Activation.Identity: Map<Identity>(); break;
            case Activation.Relu: Map<Relu>(); break;
            case Activation.GeluErf: Map<GeluErf>(); break;
            case Activation.GeluTanh: Map<GeluTanh>(); break;
            case Activation.Silu: Map<Silu>(); break;
            case Activation.Tanh: Map<Tanh>(); break;
            case Activation.Sigmoid: Map<Sigmoid>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }

        void Map<TOperation>()
            where TOperation : IUnaryOperation =>
            Kernel.Run(new MapKernel<TOperation>(input, output, count));
    }

    /// <summary><c>output[i] = activation(gate[i]) * up[i]</c>; the output may be one of the inputs.</summary>
    public static void Gate(Activation activation, float* gate, float* up, float* output, nint count)
    {
        switch (activation)
        {
            case Activation.Identity: Combine<Identity>(); break;
            case Activation.Relu: Combine<Relu>(); break;
            case Activation.GeluErf: Combine<GeluErf>(); break;
            case Activation.GeluTanh: Combine<GeluTanh>(); break;
            case Activation.Silu: Combine<Silu>(); break;
            case Activation.Tanh: Combine<Tanh>(); break;
            case Activation.Sigmoid: Combine<Sigmoid>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }

        void Combine<TOperation>()
            where TOperation : IUnaryOperation =>
            Kernel.Run(new CombineKernel<Gated<TOperation>>(gate, up, output, count));
    }

    /// <summary><c>output[i] = activation'(input[i]) * gradient[i]</c>; the output may be one of the inputs.</summary>
    public static void Gradient(Activation activation, float* input, float* gradient, float* output, nint count)
    {
        switch (activation)
        {
            case Activation.Identity: Combine<Identity>(); break;
            case Activation.Relu: Combine<Relu>(); break;
            case Activation.GeluErf: Combine<GeluErf>(); break;
            case Activation.GeluTanh: Combine<GeluTanh>(); break;
            case Activation.Silu: Combine<Silu>(); break;
            case Activation.Tanh: Combine<Tanh>(); break;
            case Activation.Sigmoid: Combine<Sigmoid>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }

        void Combine<TActivation>()
            where TActivation : IActivation =>
            Kernel.Run(new CombineKernel<Gated<Derivative<TActivation>>>(input, gradient, output, count));
    }

    /// <summary>Both gradients of <see cref="Gate"/>.</summary>
    public static void GateGradient(
        Activation activation, float* gate, float* up, float* gradient, float* gateGradient, float* upGradient, nint count)
    {
        switch (activation)
        {
            case Activation.Identity: Run<Identity>(); break;
            case Activation.Relu: Run<Relu>(); break;
            case Activation.GeluErf: Run<GeluErf>(); break;
            case Activation.GeluTanh: Run<GeluTanh>(); break;
            case Activation.Silu: Run<Silu>(); break;
            case Activation.Tanh: Run<Tanh>(); break;
            case Activation.Sigmoid: Run<Sigmoid>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }

        void Run<TActivation>()
            where TActivation : IActivation =>
            Kernel.Run(new GateGradientKernel<TActivation>(gate, up, gradient, gateGradient, upGradient, count));
    }
}
