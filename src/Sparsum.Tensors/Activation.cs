namespace Sparsum.Tensors;

/// <summary>Element-wise functions of feed-forward layers.</summary>
public enum Activation
{
    /// <summary><c>x</c>.</summary>
    Identity,

    /// <summary><c>max(x, 0)</c>.</summary>
    Relu,

    /// <summary><c>x/2 (1 + erf(x/√2))</c>, the exact GELU.</summary>
    GeluErf,

    /// <summary><c>x/2 (1 + tanh(√(2/π)(x + 0.044715 x³)))</c>, called <c>gelu_new</c> and <c>gelu_pytorch_tanh</c> in configurations.</summary>
    GeluTanh,

    /// <summary><c>x / (1 + e⁻ˣ)</c>.</summary>
    Silu,

    /// <summary><c>tanh(x)</c>.</summary>
    Tanh,

    /// <summary><c>1 / (1 + e⁻ˣ)</c>.</summary>
    Sigmoid,
}
